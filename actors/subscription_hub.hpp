#pragma once

#include "eventsource/actors/commit_bell.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/actors/timer.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace es::actors {

/// Wakes the subscriptions of a runtime: at once when one of its persistence
/// actors has committed, soon when another process has (by a hint), and in any
/// case every `subscriptions.poll_interval`: it has the one timer for all of
/// them. Sends the hints for other processes, at most one every
/// `subscriptions.hint_interval`, outside of any append's transaction. Answers
/// those who wait until a subscription has got to an event.
///
/// Bound: `subscriptions.waits_max` that wait, beyond them `errc::overloaded`.
class subscription_hub : public caf::event_based_actor {
public:
  /// `reader` is a store worker that answers soon.
  subscription_hub(caf::actor_config& config,
                   settings::subscription_settings how, bool sends_hints,
                   caf::actor reader, std::shared_ptr<commit_bell> bell);

  const char* name() const override {
    return "es.subscription_hub";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using promise = caf::typed_response_promise<reached>;

  /// Somebody who waits for a subscription.
  struct wait {
    await_reached what;
    promise answer;
    caf::actor_clock::time_point deadline;
    std::optional<store::position> target{};
  };

  /// What the store says about everybody who waits.
  struct progress {
    std::vector<std::optional<store::position>> targets;
    std::vector<store::subscription_status> subscriptions;
  };

  // -- handlers ---------------------------------------------------------------

  void on_committed();
  void on_join();
  void on_tick();
  void on_hint_tick();
  caf::result<reached> on_await(await_reached& message);

  // -- waking -----------------------------------------------------------------

  void wake_all(bool has_events);
  void send_hint();
  void keep_ticking();

  // -- waits ------------------------------------------------------------------

  void look();
  void settle(const progress& seen, std::size_t asked);
  void end_late_ones();

  settings::subscription_settings how_;
  bool sends_hints_;
  caf::actor reader_;
  std::shared_ptr<commit_bell> bell_;
  compat::down_watch watch_{this};
  std::vector<caf::actor> members_;
  timer<hub_tick> timer_;
  timer<hint_tick> hint_timer_;
  /// Whether it is known that something was committed since the last hint was
  /// sent.
  bool hint_due_ = false;
  bool sending_ = false;
  std::vector<wait> waits_;
  bool looking_ = false;
  bool look_again_ = false;
};

} // namespace es::actors

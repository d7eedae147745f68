#pragma once

#include "eventsource/actors/processes/process_messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/actors/timer.hpp"
#include "eventsource/domain/error.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// Whether a failure is nobody's fault, and over some time.
[[nodiscard]] inline bool is_passing(errc code) noexcept {
  return is_retryable(code) || code == errc::conflict || code == errc::in_doubt;
}

/// A subscriber that makes steps of the events that it gets: steps with the
/// same key one after the other, in the events' order, steps with different
/// keys beside each other. Answers the subscription when all steps of a
/// delivery are done.
///
/// A step that fails because something is away, or busy, is tried again after
/// pauses, without end. Any other failure is the event's: with `stop` the
/// delivery is refused, and comes again until the subscription stops; with
/// `skip` the step is tried again `retries_max` times, and then with the reason
/// why it is given up.
///
/// Bound: what the subscriptions deliver on credit.
class ordered_work : public caf::event_based_actor {
public:
  using finished = std::function<void(result<void>)>;

  struct step {
    std::string key;
    /// Tries it once and calls `finished` once, in this actor's turn. With a
    /// reason it only records that the step is given up.
    std::function<void(const std::string& given_up, finished done)> run;
  };

  struct options {
    /// For logs.
    std::string name;
    settings::subscription_settings how;
    bool skips = false;
  };

  ordered_work(caf::actor_config& config, options how);

  caf::behavior make_behavior() override;

  void on_exit() override;

protected:
  using time_point = caf::actor_clock::time_point;

  /// What an event asks for; in the order in which it is to be done.
  [[nodiscard]] virtual std::vector<step>
  steps_of(const store::logged_event& event, const store::partition& part) = 0;

private:
  /// Steps with one key.
  struct chain {
    std::deque<step> steps;
    /// Of its first step: all, and those that nothing but the event is to blame
    /// for.
    int failures = 0;
    int faults = 0;
    /// Not empty: it is given up.
    std::string given_up;
    /// Whether the first step's function runs; what it answers meanwhile waits
    /// for its return, so that it does not end itself, and steps that are done
    /// at once do not pile up on each other.
    bool in_call = false;
    std::optional<result<void>> outcome;
  };

  struct delivery {
    events_delivered what;
    caf::actor from;
  };

  /// One partition of the subscription: a delivery at a time.
  struct lane {
    std::deque<delivery> waiting;
    delivery current;
    bool busy = false;
    std::size_t open_chains = 0;
    std::string failure;
    std::uint64_t round = 0;
    /// Up to this round nothing is wanted any more.
    std::uint64_t refused_round = 0;
  };

  void on_delivered(events_delivered& message);
  /// Begins deliveries as long as nothing is on its way.
  void work(lane& here);
  void begin_next(lane& here);
  /// Runs a chain's steps until one is not done at once.
  void run_chain(lane& here, const std::shared_ptr<chain>& what);
  /// Whether the chain's first step, another one or the same, has to run now.
  [[nodiscard]] bool settle(lane& here, const std::shared_ptr<chain>& what,
                            const result<void>& outcome);
  [[nodiscard]] bool settle_failure(lane& here,
                                    const std::shared_ptr<chain>& what,
                                    const error& why);
  void close_chain(lane& here);
  void run_later(std::chrono::milliseconds pause, std::function<void()> what);
  void on_tick(const process_tick& tick);
  void arm();

  options how_;
  /// By partition; entries stay where they are.
  std::map<std::uint32_t, lane> lanes_;
  std::multimap<time_point, std::function<void()>> later_;
  time_point armed_for_{};
  timer<process_tick> timer_;
};

} // namespace es::actors

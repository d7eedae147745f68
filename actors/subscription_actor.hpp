#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// Where a new subscription begins.
struct subscription_start {
  enum class kind { beginning, end, at };
  kind what = kind::beginning;
  /// With `at`: events behind this place.
  store::position place{};
};

/// Reads one partition of the log and delivers it to an actor: what was stored
/// before and what is stored now in one stream, in the log's order, without
/// gaps. A named one keeps a checkpoint in the store and runs only while it has
/// its lease: each event is delivered at least once over all processes and
/// restarts. One without a name begins anew each time.
///
/// The subscriber answers with `events_handled` or `events_refused`; refused
/// events come again after a pause, together with all behind them, and stop the
/// subscription after `subscriptions.retries_max` times. The subscription ends
/// with its subscriber. Asked to stop, a named one reads no more but waits for
/// answers to what it has delivered, for `plan::stop_patience` at most, and
/// saves its checkpoint.
///
/// Bound: at most `subscriptions.in_flight_events_max` events are delivered and
/// not answered; beyond them nothing is read.
class subscription_actor : public caf::event_based_actor {
public:
  struct plan {
    /// Empty: not durable.
    std::string name;
    store::partition part{};
    store::event_filter filter{};
    subscription_start start{};
    /// Of its lease: unique to this actor.
    std::string owner;
    /// How long a stop waits for answers to what was delivered. Less than the
    /// lease lasts, since it is not renewed any more.
    std::chrono::milliseconds stop_patience{0};
  };

  subscription_actor(caf::actor_config& config,
                     settings::subscription_settings how, plan what,
                     caf::actor hub, caf::actor worker, caf::actor subscriber);

  const char* name() const override {
    return "es.subscription";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  struct delivery {
    std::uint64_t ticket = 0;
    std::size_t events = 0;
    /// Where the checkpoint is when this is done with.
    store::position read_to{};
  };

  // -- handlers ---------------------------------------------------------------

  void on_handled(const events_handled& answer);
  void on_refused(const events_refused& answer);
  caf::result<stopped> on_stop();
  [[nodiscard]] subscription_figures figures() const;

  // -- steps: at most one question to the store at a time ---------------------

  void step();
  void acquire();
  void open();
  void renew();
  void save();
  void read();
  void end();

  template <class Question, class Done>
  void ask(Question question, Done done);

  void begin_at(const store::checkpoint& found);
  void deliver(store::log_page page);
  /// Something went wrong; the next step waits.
  void pause(const error& why);
  /// The lease is gone, or the checkpoint is not where it was left: begins
  /// again with taking the lease.
  void lose(const error& why);
  void stop_for_good(const std::string& why);

  [[nodiscard]] bool is_durable() const noexcept {
    return !plan_.name.empty();
  }
  [[nodiscard]] store::subscription_key key() const {
    return {plan_.name, plan_.part};
  }
  [[nodiscard]] bool may_read() const noexcept;
  [[nodiscard]] bool has_to_save() const;
  [[nodiscard]] time_point now() const;

  settings::subscription_settings how_;
  plan plan_;
  caf::actor hub_;
  caf::actor worker_;
  caf::actor subscriber_;
  compat::down_watch watch_{this};

  std::optional<store::held_lease> lease_;
  time_point renewed_at_{};
  bool opened_ = false;
  /// Nobody can resume it.
  bool hopeless_ = false;
  store::subscription_state state_ = store::subscription_state::running;

  /// Whether there may be something to read.
  bool has_more_ = true;
  bool asking_ = false;
  time_point not_before_{};
  int failures_ = 0;
  std::string error_;

  /// Delivered and not answered, in order; bounded, see above.
  std::deque<delivery> in_flight_;
  std::size_t in_flight_events_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t round_ = 1;
  int refusals_ = 0;
  /// How far was read, handled, and saved.
  store::position read_to_{};
  store::position handled_to_{};
  store::position saved_to_{};
  std::int64_t unsaved_events_ = 0;
  std::uint64_t events_ = 0;

  bool ending_ = false;
  /// When it ends, how long answers are waited for.
  time_point answers_until_{};
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors

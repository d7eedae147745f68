#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/store/projector.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// What becomes of an event that fails again and again.
enum class failing_events {
  /// The projection stops there, until somebody resumes it.
  stop,
  /// It is recorded as a dead letter, and the projection goes on without it.
  skip,
};

/// Runs one partition of an async projection while it has its lease: rows and
/// checkpoint commit together in the store worker, a page of events at a time.
/// What fails is tried again after a pause that doubles; an event that fails
/// more than `subscriptions.retries_max` times is dealt with as
/// `failing_events` says, an outage of the database is waited out.
///
/// Bound: one page of events, in the worker.
class projection_actor : public caf::event_based_actor {
public:
  struct plan {
    std::shared_ptr<const async_projection> what;
    store::partition part{};
    failing_events policy = failing_events::stop;
    /// Of its lease: unique to this actor.
    std::string owner;
  };

  projection_actor(caf::actor_config& config,
                   settings::subscription_settings how, plan what,
                   caf::actor hub, caf::actor worker);

  const char* name() const override {
    return "es.projection";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  // -- handlers ---------------------------------------------------------------

  caf::result<stopped> on_stop();
  [[nodiscard]] subscription_figures figures() const;

  // -- steps: at most one question to the store at a time ---------------------

  void step();
  void acquire();
  void open();
  void renew();
  void project();
  void end();

  template <class Question, class Done>
  void ask(Question question, Done done);

  void on_projected(const store::projector::outcome& done);
  void on_culprit(const store::projector::outcome& done);
  void pause(const error& why);
  /// Begins again with taking the lease.
  void lose(const error& why);
  void stop_for_good(const std::string& why);

  [[nodiscard]] store::subscription_key key() const {
    return {plan_.what->name(), plan_.part};
  }
  [[nodiscard]] time_point now() const;

  settings::subscription_settings how_;
  plan plan_;
  caf::actor hub_;
  caf::actor worker_;

  std::optional<store::held_lease> lease_;
  time_point renewed_at_{};
  /// While it is open; used by the worker while it is asked.
  std::shared_ptr<store::projector> projector_;
  store::subscription_state state_ = store::subscription_state::running;
  bool hopeless_ = false;

  bool has_more_ = true;
  bool asking_ = false;
  bool ending_ = false;
  time_point not_before_{};
  int failures_ = 0;
  /// Of the event that is next, and whether it is to be skipped.
  int attempts_ = 0;
  bool skips_next_ = false;

  store::position at_{};
  std::uint64_t events_ = 0;
  std::string error_;
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors

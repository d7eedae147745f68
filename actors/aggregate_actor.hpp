#pragma once

#include "eventsource/actors/environment.hpp"
#include "eventsource/actors/messages.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// One live aggregate: decides its commands one after the other, in the order
/// they came (promise 3), and answers each after its events have committed
/// (promise 1). Recovers itself before its first command and whenever it can't
/// know what the store holds. Never blocks, has no timer of its own.
///
/// Deciding (`decide`, state) and acknowledging (`acknowledge`, promises) are
/// kept apart: `state_` is always the committed one (promise 4), the state that
/// follows from an append in flight travels with it.
///
/// Bounds: `aggregates.queue_commands_max` waiting commands; beyond them
/// `errc::overloaded`.
class aggregate_actor : public caf::event_based_actor {
public:
  aggregate_actor(caf::actor_config& config,
                  std::shared_ptr<const environment> env,
                  const aggregate_type& type, std::string id);

  const char* name() const override {
    return "es.aggregate";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using receipt_promise = caf::typed_response_promise<receipt>;
  using state_promise = caf::typed_response_promise<current_state>;

  /// A command from its arrival to its answer.
  struct pending_command {
    any_command command;
    command_options options;
    receipt_promise promise;
    caf::actor_clock::time_point deadline;
    int conflicts = 0;
    ticket counted;
  };

  /// What the actor waits for; one thing at a time.
  enum class phase {
    /// The store may hold more than `state_`: recover before deciding.
    cold,
    recovering,
    ready,
    /// An append or a receipt look-up is in flight.
    waiting,
  };

  // -- handlers ---------------------------------------------------------------

  caf::result<receipt> on_submit(submit_command& message);
  caf::result<current_state> on_query();

  // -- deciding ---------------------------------------------------------------

  /// Does what can be done now; the only place that picks the next command.
  void work();
  void handle(pending_command item);
  /// Everything that this command stores; takes the events' bytes.
  result<store::append_request> compose(const pending_command& item,
                                        decided& made, timestamp now,
                                        const metadata& about);
  void commit(pending_command item, store::append_request request,
              any_state next);

  // -- acknowledging ----------------------------------------------------------

  void acknowledge(version_t snapshot_version, version_t decided_version,
                   any_state next, store::append_outcome outcome);
  void acknowledge_refused(pending_command item, error why);
  void refuse(const pending_command& item, const error& why);
  /// The answer to a refused command that may be a repeat: its first receipt.
  void answer_repeat_or(pending_command item, error why);

  // -- recovery ---------------------------------------------------------------

  void start_recovery(bool use_snapshot);
  void continue_recovery(const versioned_state& from, bool use_snapshot);
  void on_page(store::recovery_page page, versioned_state from,
               bool use_snapshot);
  void recovered_to(versioned_state now);
  void recovery_failed(const error& why);
  void answer_queries();

  std::shared_ptr<const environment> env_;
  const aggregate_type& type_;
  std::string id_;
  phase phase_ = phase::cold;
  bool stopping_ = false;
  /// Committed state; null until the first recovery.
  versioned_state state_;
  version_t snapshot_version_ = 0;
  /// Bounded by `aggregates.queue_commands_max`. A list costs nothing while it
  /// is empty, and there are many idle aggregates.
  std::list<pending_command> queue_;
  /// The command whose append or receipt look-up is under way.
  std::optional<pending_command> in_flight_;
  /// Bounded by `aggregates.queue_commands_max` as well.
  std::vector<state_promise> queries_;
};

} // namespace es::actors

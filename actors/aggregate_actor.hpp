#pragma once

#include "eventsource/actors/chained_actor.hpp"
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
/// know what the store holds. Never blocks; its deadlines are watched by its
/// router.
///
/// Speculation (promise 5): up to `aggregates.in_flight_max` commands may be
/// decided on the state that earlier ones will lead to, whose appends are still
/// in flight. Each is a `flight` and leaves in order, answered when all before
/// it have their outcome: an answer that does not need the store, such as a
/// rejection, waits as well, because what it was decided on may not come true.
/// When an append was not stored as decided, nothing more is decided until the
/// last flight is back; those behind it are then decided again, on the state
/// that the store has.
///
/// A command's question goes with its append to the writer, who answers it: the
/// aggregate learns of the commit when it has its next turn, or asks to be told
/// if something waits for it (append_chain.hpp). Only after a conflict does the
/// question come back.
///
/// Repeats (promise 11): the store itself answers a command that was executed
/// before with its first receipt, at the price of deciding again what is behind
/// it. Repeats come in numbers, e.g. when an import runs again: from the first
/// one on, commands are looked up before they are decided, all that wait at
/// once, until a look finds none.
///
/// Bounds: `aggregates.queue_commands_max` waiting commands and as many
/// queries; beyond them `errc::overloaded`.
class aggregate_actor : public chained_actor {
public:
  aggregate_actor(caf::actor_config& config,
                  std::shared_ptr<const environment> env,
                  const aggregate_type& type, std::string id,
                  caf::actor_addr router);

  const char* name() const override {
    return "es.aggregate";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using receipt_promise = caf::typed_response_promise<receipt>;
  using state_promise = caf::typed_response_promise<current_state>;
  /// Few commands have one, and for a short time.
  using outcome_ptr = std::unique_ptr<store::append_outcome>;
  using time_point = caf::actor_clock::time_point;

  /// What is known of a command from its decision to its answer.
  struct flight {
    enum class kind {
      append,
      /// Refused without the store.
      rejection,
      /// Accepted without events.
      nothing,
      /// Executed before, as the store said before it was decided again.
      repeat,
    };

    kind what = kind::append;
    std::uint64_t ticket = 0;
    /// After the append has committed.
    versioned_state next{};
    version_t snapshot_version = 0;
    /// Absent while the store has not answered, and if that was a commit.
    outcome_ptr outcome{};
    bool stores_events = false;
    /// The store was asked since this was rejected.
    bool is_looked_up = false;
  };

  /// A command from its arrival to its answer.
  struct pending_command {
    any_command command;
    command_options options;
    receipt_promise promise;
    time_point deadline;
    int conflicts = 0;
    /// Empty once it was answered, which its deadline may bring about early,
    /// and while its question is with the writer.
    ticket counted;
    /// The store was asked for an earlier receipt before deciding.
    bool is_looked_up = false;
    /// What it gets without being decided: that receipt, or a refusal unless it
    /// turns out to have been executed before.
    outcome_ptr foregone{};
    flight in_air{};
  };

  /// Commands go from list to list with their nodes: what is in them is not
  /// moved. A list costs nothing while it is empty, and there are many idle
  /// aggregates.
  using command_list = std::list<pending_command>;

  struct pending_query {
    state_promise promise;
    time_point deadline;
    ticket counted;
  };

  enum class phase {
    /// The store may hold more than `state_`: recover before deciding.
    cold,
    recovering,
    ready,
  };

  // -- handlers ---------------------------------------------------------------

  caf::result<receipt> on_submit(submit_command& message);
  caf::result<current_state> on_query(query_state& message);
  caf::result<receipt> on_settled(append_settled& message);

  // -- deciding ---------------------------------------------------------------

  /// Does what can be done now; the only place that picks the next command.
  void work();
  void decide_due();
  /// Whether the first of the queue has its turn.
  [[nodiscard]] bool is_next_due() const;
  [[nodiscard]] bool may_decide() const;
  /// Of the first of the queue; it flies then, or still waits.
  void decide();
  void decide_at_head(const pending_command& item);
  void send_append(append&& message, any_state next);
  /// Of the first of the queue.
  void reject(error why);
  /// Gives an answer that does not need the store its place in the order.
  void hold(flight::kind what, store::append_outcome outcome);
  /// The first of the queue becomes the last flight.
  flight& take_off(flight::kind what);

  // -- acknowledging ----------------------------------------------------------

  /// Takes what has committed, and answers the flights that have come to the
  /// front of the order.
  void land();
  void take_noted();
  void take(flight& committed, store::session_number session);
  /// Whether something can't go on before the first flight is back.
  [[nodiscard]] bool waits_for_commit() const;
  void acknowledge(command_list done);
  void acknowledge_append(command_list done);
  void acknowledge_repeat(pending_command& item);
  void acknowledge_refused(command_list done, error why);
  /// Its turn comes after draining.
  void decide_again(command_list done);
  /// Nothing is decided until all flights are back.
  void drain(bool recover_then);
  void finish_draining();
  void answer(pending_command& item, receipt with);
  void refuse(pending_command& item, const error& why);

  // -- repeats ----------------------------------------------------------------

  /// A rejected command may have been executed before: then its first receipt
  /// is its answer.
  [[nodiscard]] bool may_be_repeat(const pending_command& rejected) const;
  [[nodiscard]] bool should_look_up(const pending_command& item) const;
  void look_up();
  void looked_up(std::uint64_t front, const std::vector<std::string>& ids,
                 result<std::vector<std::optional<receipt>>> found);

  // -- deadlines --------------------------------------------------------------

  void watch(time_point deadline);
  void on_check_deadlines();

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
  caf::actor_addr router_;
  std::size_t in_flight_max_;
  phase phase_ = phase::cold;
  /// How many of `flights_` are no appends.
  std::uint32_t held_ = 0;
  bool stopping_ = false;
  /// See `drain`.
  bool draining_ = false;
  bool recover_after_drain_ = false;
  /// A flight that left was not stored as decided: what follows it was decided
  /// on a state that never came to be.
  bool diverged_ = false;
  /// One question for receipts is on its way.
  bool looking_up_ = false;
  /// The last question, or an append, met a command that was executed before.
  bool expects_repeats_ = false;
  /// Committed state, the only one that is ever shown; null until the first
  /// recovery.
  versioned_state state_;
  version_t snapshot_version_ = 0;
  /// Where the store has `state_` from, if it was this actor that stored it.
  store::session_number stored_in_ = 0;
  /// Where the last flight leads to; `state_` without flights.
  versioned_state head_;
  version_t head_snapshot_version_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::shared_ptr<append_chain> chain_;
  /// Bounded by `aggregates.queue_commands_max`.
  command_list queue_;
  /// In the order of their decisions; bounded by `aggregates.in_flight_max`.
  command_list flights_;
  /// What is decided again after draining, in order.
  command_list again_;
  /// Bounded by `aggregates.queue_commands_max` as well.
  std::vector<pending_query> queries_;
  /// When the router will remind this actor, if it was asked to.
  std::optional<time_point> watched_;
};

} // namespace es::actors

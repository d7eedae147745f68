#pragma once

#include "eventsource/actors/admission.hpp"
#include "eventsource/actors/append_chain.hpp"
#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/command.hpp"
#include "eventsource/store/append.hpp"
#include "eventsource/store/event_store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The library's own message types: a closed block. Those that may cross a
/// node's border carry names and JSON only, so that no program's types have to
/// be known on the wire; the rest stays inside one process.
namespace es::actors {

struct append_batch;
class append_queue;

// -- between callers, routers and aggregates; may cross a node's border -------

/// A command for one aggregate of the receiving router's type.
struct submit_command {
  std::string aggregate_id;
  any_command command;
  command_options options;
  /// Stays inside the process.
  ticket counted{};
};

/// Typed handles: asks for the committed state of an aggregate.
struct get_state {
  friend bool operator==(const get_state&, const get_state&) = default;
};

/// Routers: the untyped form of `get_state`.
struct query_state {
  std::string aggregate_id;
  /// How long the asker waits at most; 0: `commands.timeout`.
  std::chrono::milliseconds timeout{0};
  /// Stays inside the process.
  ticket counted{};
};

/// Answers both: the committed state, which includes every command that the
/// asker was answered for (promise 4).
class current_state {
public:
  current_state() = default;
  current_state(std::string aggregate_id, version_t version,
                const aggregate_type& type, any_state state);
  /// The form that comes from another node.
  current_state(std::string aggregate_id, version_t version,
                std::string aggregate_type, std::string json);

  [[nodiscard]] const std::string& aggregate_id() const noexcept {
    return aggregate_id_;
  }
  [[nodiscard]] version_t version() const noexcept {
    return version_;
  }
  /// The name of the aggregate's type.
  [[nodiscard]] const std::string& type() const noexcept {
    return type_;
  }

  /// The state as the user's struct; fails with `errc::invalid` if `A` is
  /// another aggregate type than the one that was asked.
  template <class A>
  [[nodiscard]] result<std::shared_ptr<const A>> as() const {
    auto state = of(type_of<A>());
    if (!state)
      return tl::unexpected(state.error());
    return std::static_pointer_cast<const A>(*state);
  }

  /// The same with the struct's type erased.
  [[nodiscard]] result<any_state> of(const aggregate_type& wanted) const;

  /// The state as JSON text.
  [[nodiscard]] result<std::string> json() const;

private:
  std::string aggregate_id_;
  version_t version_ = 0;
  std::string type_;
  const aggregate_type* erased_ = nullptr;
  any_state state_;
  std::string json_;
};

// -- inside one process -------------------------------------------------------

/// Router to aggregate: finish what was accepted, then stop.
struct passivate {};

/// Aggregate to persistence actor, which answers the caller's question by it:
/// with the receipt once the append has committed. An append that was not
/// stored because of a conflict comes back, and its question with it.
struct append {
  store::append_request request;
  /// Its place in the chain; comes back with the outcome.
  std::uint64_t ticket = 0;
  /// Null: the append stands alone, and the asker gets whatever comes of it.
  std::shared_ptr<append_chain> chain;
  /// Of the question; empty if nobody waits for the answer.
  actors::ticket counted{};
  /// Until when whoever waits does so.
  caf::actor_clock::time_point deadline{};
};

/// Persistence actor to aggregate: what became of an append whose commit was
/// not noted in the chain. It is answered unless its question comes with it.
struct append_settled {
  /// 0: of none. A commit is noted of which the aggregate asked to be told.
  std::uint64_t ticket = 0;
  store::append_outcome outcome{};
  /// Of the question.
  actors::ticket counted{};
};

/// Persistence actor to its store worker; answered with `batch_written`.
struct write_batch {
  std::shared_ptr<append_batch> batch;
  /// What waits behind it; may be null.
  std::shared_ptr<append_queue> behind{};
};

struct batch_written {
  std::vector<store::append_outcome> outcomes;
};

/// Aggregate to recovery actor; answered with `recovered`.
struct recover {
  store::recovery_request request;
};

struct recovered {
  store::recovery_page page;
};

/// Recovery actor to a store worker; answered with `batch_recovered`.
struct recover_batch {
  std::vector<store::recovery_request> requests;
  std::size_t events_per_page = 0;
};

struct batch_recovered {
  std::vector<store::recovery_page> pages;
};

/// Aggregate to a store worker: which of these commands were executed before?
/// Answered with `receipts_found`, in the order of the ids.
struct find_receipts {
  std::string aggregate_id;
  std::vector<std::string> command_ids;
};

struct receipts_found {
  std::vector<std::optional<receipt>> first;
};

/// Retention actor to a store worker; answered with `commands_forgotten`.
struct forget_commands {
  std::chrono::milliseconds older_than{0};
  std::size_t limit = 0;
};

struct commands_forgotten {
  std::size_t count = 0;
};

/// Runtime to routers, persistence actors and the recovery actor: finish what
/// was accepted, answer with `stopped`, then quit.
struct stop {};

struct stopped {};

/// Runtime to router: answer typed messages too. See router_face.hpp.
class router_face;
struct install_face {
  std::shared_ptr<router_face> face;
};

/// Aggregate to router, as its last word: the next command needs a new actor.
/// Cheaper than a monitor for each of many aggregates.
struct aggregate_gone {
  std::string aggregate_id;
};

/// Aggregate to router: send `check_deadlines` at this moment. A router has one
/// timer for all its aggregates.
struct watch_deadline {
  std::string aggregate_id;
  caf::actor_clock::time_point when;
};

/// Router to aggregate: answer those who have waited long enough.
struct check_deadlines {};

struct deadline_watch_tick {
  std::uint64_t generation = 0;
};

struct sweep_tick {
  std::uint64_t generation = 0;
};

struct retention_tick {
  std::uint64_t generation = 0;
};

struct linger_tick {
  std::uint64_t generation = 0;
};

struct append_deadline_tick {
  std::uint64_t generation = 0;
};

struct deadline_tick {};

/// A function that runs in an actor's turn; how the runtime's callbacks work.
struct call_back {
  std::function<void()> run;
};

// -- JSON forms of what may cross a node's border -----------------------------

void to_json(nlohmann::json& json, const submit_command& x);
void from_json(const nlohmann::json& json, submit_command& x);
void to_json(nlohmann::json& json, const current_state& x);
void from_json(const nlohmann::json& json, current_state& x);

ES_INSPECT_JSON(submit_command)
ES_INSPECT_JSON(current_state)
ES_INSPECT(get_state)
ES_INSPECT(query_state, aggregate_id, timeout)

} // namespace es::actors

namespace es {

void to_json(nlohmann::json& json, const command_options& x);
void from_json(const nlohmann::json& json, command_options& x);

ES_INSPECT_JSON(command_options)
ES_INSPECT(receipt, aggregate_id, version, event_ids)
ES_INSPECT_ENUM(errc);

} // namespace es

#define ES_LOCAL_MESSAGE(Type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(Type)
ES_LOCAL_MESSAGE(es::actors::passivate)
ES_LOCAL_MESSAGE(es::actors::append)
ES_LOCAL_MESSAGE(es::actors::append_settled)
ES_LOCAL_MESSAGE(es::actors::write_batch)
ES_LOCAL_MESSAGE(es::actors::batch_written)
ES_LOCAL_MESSAGE(es::actors::recover)
ES_LOCAL_MESSAGE(es::actors::recovered)
ES_LOCAL_MESSAGE(es::actors::recover_batch)
ES_LOCAL_MESSAGE(es::actors::batch_recovered)
ES_LOCAL_MESSAGE(es::actors::find_receipts)
ES_LOCAL_MESSAGE(es::actors::receipts_found)
ES_LOCAL_MESSAGE(es::actors::stop)
ES_LOCAL_MESSAGE(es::actors::stopped)
ES_LOCAL_MESSAGE(es::actors::install_face)
ES_LOCAL_MESSAGE(es::actors::sweep_tick)
ES_LOCAL_MESSAGE(es::actors::linger_tick)
ES_LOCAL_MESSAGE(es::actors::deadline_tick)
ES_LOCAL_MESSAGE(es::actors::call_back)
ES_LOCAL_MESSAGE(es::actors::aggregate_gone)
ES_LOCAL_MESSAGE(es::actors::watch_deadline)
ES_LOCAL_MESSAGE(es::actors::check_deadlines)
ES_LOCAL_MESSAGE(es::actors::deadline_watch_tick)
ES_LOCAL_MESSAGE(es::actors::forget_commands)
ES_LOCAL_MESSAGE(es::actors::commands_forgotten)
ES_LOCAL_MESSAGE(es::actors::retention_tick)
ES_LOCAL_MESSAGE(es::actors::append_deadline_tick)
#undef ES_LOCAL_MESSAGE

// Far above where programs put their own first block, so that
// `caf::first_custom_type_id` stays theirs. Append only: nodes compare numbers.
CAF_BEGIN_TYPE_ID_BLOCK(eventsource, caf::first_custom_type_id + 2000)

CAF_ADD_TYPE_ID(eventsource, (es::errc))
CAF_ADD_TYPE_ID(eventsource, (es::receipt))
CAF_ADD_TYPE_ID(eventsource, (es::command_options))
CAF_ADD_TYPE_ID(eventsource, (es::actors::submit_command))
CAF_ADD_TYPE_ID(eventsource, (es::actors::get_state))
CAF_ADD_TYPE_ID(eventsource, (es::actors::query_state))
CAF_ADD_TYPE_ID(eventsource, (es::actors::current_state))
CAF_ADD_TYPE_ID(eventsource, (es::actors::passivate))
CAF_ADD_TYPE_ID(eventsource, (es::actors::append))
CAF_ADD_TYPE_ID(eventsource, (es::actors::append_settled))
CAF_ADD_TYPE_ID(eventsource, (es::actors::write_batch))
CAF_ADD_TYPE_ID(eventsource, (es::actors::batch_written))
CAF_ADD_TYPE_ID(eventsource, (es::actors::recover))
CAF_ADD_TYPE_ID(eventsource, (es::actors::recovered))
CAF_ADD_TYPE_ID(eventsource, (es::actors::recover_batch))
CAF_ADD_TYPE_ID(eventsource, (es::actors::batch_recovered))
CAF_ADD_TYPE_ID(eventsource, (es::actors::find_receipts))
CAF_ADD_TYPE_ID(eventsource, (es::actors::receipts_found))
CAF_ADD_TYPE_ID(eventsource, (es::actors::stop))
CAF_ADD_TYPE_ID(eventsource, (es::actors::stopped))
CAF_ADD_TYPE_ID(eventsource, (es::actors::install_face))
CAF_ADD_TYPE_ID(eventsource, (es::actors::sweep_tick))
CAF_ADD_TYPE_ID(eventsource, (es::actors::linger_tick))
CAF_ADD_TYPE_ID(eventsource, (es::actors::deadline_tick))
CAF_ADD_TYPE_ID(eventsource, (es::actors::call_back))
CAF_ADD_TYPE_ID(eventsource, (es::actors::watch_deadline))
CAF_ADD_TYPE_ID(eventsource, (es::actors::aggregate_gone))
CAF_ADD_TYPE_ID(eventsource, (es::actors::check_deadlines))
CAF_ADD_TYPE_ID(eventsource, (es::actors::deadline_watch_tick))
CAF_ADD_TYPE_ID(eventsource, (es::actors::forget_commands))
CAF_ADD_TYPE_ID(eventsource, (es::actors::commands_forgotten))
CAF_ADD_TYPE_ID(eventsource, (es::actors::retention_tick))
CAF_ADD_TYPE_ID(eventsource, (es::actors::append_deadline_tick))

CAF_END_TYPE_ID_BLOCK(eventsource)

ES_ERROR_ENUM(es::errc, "es")

namespace es::actors {

/// An expected failure as CAF carries it: code, message, and the rejection's
/// reason as context.
[[nodiscard]] caf::error to_caf(const es::error& e);

/// The way back. Errors of CAF itself become `timeout` (a request's own
/// timeout), `unavailable` (the receiver is gone) or `internal`.
[[nodiscard]] es::error from_caf(const caf::actor_system& system,
                                 const caf::error& e);

/// The code of one of our errors, nothing for an error of CAF itself:
/// `switch (*code_of(err))`.
[[nodiscard]] std::optional<errc> code_of(const caf::error& e);

} // namespace es::actors

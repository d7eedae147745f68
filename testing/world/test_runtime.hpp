#pragma once

#include "eventsource/actors/publisher.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/stop_report.hpp"
#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/async_projection.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/testing/recorded_history.hpp"
#include "eventsource/testing/specification_failed.hpp"
#include "eventsource/testing/world/store_faults.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace es::actors {
class runtime;
} // namespace es::actors

namespace es::testing {

class test_scheduler;

/// The types of these aggregates, to start a runtime with. Throws
/// `specification_failed` if one is not defined well.
template <class... Aggregates>
[[nodiscard]] type_registry types_of() {
  type_registry all;
  auto add = [&all](const aggregate_type& type) {
    if (auto ok = all.add(type); !ok)
      throw specification_failed(ok.error().message);
  };
  (add(type_of<Aggregates>()), ...);
  return all;
}

/// Type id blocks of a test's own actors, see caf_types.hpp.
struct caf_types {
  void (*announce)() = nullptr;
  void (*add)(caf::actor_system_config&) = nullptr;
};

/// An answer that comes, or not, while the world runs. Copies are the same one.
template <class T>
class pending_answer {
public:
  [[nodiscard]] bool has_come() const noexcept {
    return slot_->has_value();
  }
  /// Throws `specification_failed` if it has not come yet.
  [[nodiscard]] const result<T>& get() const {
    if (!has_come())
      throw specification_failed("there is no answer yet: run the world, or "
                                 "advance its time");
    return **slot_;
  }
  /// Once.
  void set(result<T> outcome) {
    slot_->emplace(std::move(outcome));
  }

private:
  std::shared_ptr<std::optional<result<T>>> slot_ =
    std::make_shared<std::optional<result<T>>>();
};

/// A row of a projection, by the names of its columns.
using named_row = std::map<std::string, cell, std::less<>>;

/// A whole runtime on the memory store, on a scheduler without threads and on
/// virtual time: what happens in it depends on nothing else (promise 13).
///
///     test_runtime world{types_of<account>()};
///     auto id = world.new_id<account>();
///     world.accept<account>(id, open_account{"Ada"});
///     world.advance(std::chrono::minutes(3)); // it is passivated
///
/// Everything that waits follows virtual time: timeouts, passivation, linger,
/// retries, leases. Nothing sleeps. Used in one thread.
///
/// Checks that do not hold throw `specification_failed`.
class test_runtime {
public:
  explicit test_runtime(type_registry types, actors::settings how = defaults(),
                        caf_types blocks = {});
  ~test_runtime();

  test_runtime(const test_runtime&) = delete;
  test_runtime& operator=(const test_runtime&) = delete;

  /// The library's defaults, with one writer: commits are easier to count.
  [[nodiscard]] static actors::settings defaults();

  /// A new id of aggregate type `A`; the same sequence in every run.
  template <class A>
  [[nodiscard]] std::string new_id() {
    return next_id(A::id_prefix);
  }

  // -- commands ---------------------------------------------------------------

  /// Sends a command and runs until it is answered, as a caller who waits:
  /// virtual time passes if it must, and no further.
  template <class A, class Command>
  requires has_command<A, Command>
  [[nodiscard]] result<receipt> execute(std::string id, Command command,
                                        command_options options = {}) {
    return execute(A::aggregate_type, std::move(id),
                   any_command::of(std::move(command)), std::move(options));
  }
  [[nodiscard]] result<receipt> execute(std::string_view aggregate_type,
                                        std::string id, any_command command,
                                        command_options options = {});

  /// Like `execute`, of a command that must be accepted.
  template <class A, class Command>
  requires has_command<A, Command>
    receipt accept(std::string id, Command command,
                   command_options options = {},
                   source_place where = source_place::current()) {
    return accepted(
      execute<A>(std::move(id), std::move(command), std::move(options)), where);
  }

  /// Like `execute`, of a command that must not be accepted; gives the error. A
  /// rejection has the code that `decide` gave as its `reason`.
  template <class A, class Command>
  requires has_command<A, Command>
    error refuse(std::string id, Command command, command_options options = {},
                 source_place where = source_place::current()) {
    return refused(
      execute<A>(std::move(id), std::move(command), std::move(options)), where);
  }

  /// Sends a command; nothing happens until the world runs.
  template <class A, class Command>
  requires has_command<A, Command> pending_answer<receipt>
  send(std::string id, Command command, command_options options = {}) {
    return send(A::aggregate_type, std::move(id),
                any_command::of(std::move(command)), std::move(options));
  }
  pending_answer<receipt> send(std::string_view aggregate_type, std::string id,
                               any_command command,
                               command_options options = {});

  // -- time -------------------------------------------------------------------

  /// Runs until nothing is left to do; virtual time stands still.
  void run();

  /// Runs, and lets virtual time pass: what becomes due on the way happens in
  /// its order.
  void advance(std::chrono::nanoseconds by);

  /// The moment that events get; begins an hour after `start_time`.
  [[nodiscard]] timestamp now() const;

  // -- state ------------------------------------------------------------------

  /// The committed state, as its JSON has it; runs the world. Throws if the
  /// aggregate has no events or can't be read: see `state_json`.
  template <class A>
  [[nodiscard]] A state(std::string id,
                        source_place where = source_place::current()) {
    auto read = decoded(type_of<A>(), state_json(A::aggregate_type, id), where);
    return *static_cast<const A*>(read.get());
  }
  [[nodiscard]] result<std::string> state_json(std::string_view aggregate_type,
                                               std::string id);

  // -- what is stored ---------------------------------------------------------

  /// An aggregate's events.
  [[nodiscard]] std::vector<recorded_event> events(std::string_view id) const;
  /// All events, in the order in which they were stored.
  [[nodiscard]] std::vector<recorded_event> events() const;

  /// The aggregate has exactly these events, with equal JSON.
  template <class A, class... Events>
  void then_stored(std::string_view id, const Events&... wanted) const {
    expect_stored(id, {detail::form_of<A>(wanted)...});
  }

  /// The rows of the inline projection of `A`, in the order of their keys.
  template <class A>
  [[nodiscard]] std::vector<named_row> rows() const {
    return rows(*type_of<A>().projection());
  }
  [[nodiscard]] std::vector<named_row>
  rows(const projection_table& table) const;

  /// The outbox in the order of aggregate ids and versions.
  [[nodiscard]] std::vector<store::outbox_entry> outbox() const;

  // -- actors -----------------------------------------------------------------

  /// The ids of the aggregates of type `A` that have an actor now, sorted.
  template <class A>
  [[nodiscard]] std::vector<std::string> live() const {
    return live(A::aggregate_type);
  }
  [[nodiscard]] std::vector<std::string>
  live(std::string_view aggregate_type) const;

  /// Publishes the outbox from now on to `publish`, which is called for each
  /// event and tells what became of it; see `actors::publisher` for errors.
  /// Once in the runtime's life.
  void relay_outbox(
    std::function<result<void>(const actors::outgoing_event&)> publish);

  /// Runs an async projection from now on, in the runtime's life; see `rows`.
  void project(std::shared_ptr<const async_projection> what);

  // -- life -------------------------------------------------------------------

  /// Ends the runtime as a crash of its process would, and starts another one
  /// on the same store. Relays and projections have to be started again.
  void crash();

  /// Stops it in good order, and starts another one.
  actors::stop_report restart();

  /// The same, with other settings.
  actors::stop_report restart(actors::settings how);

  // -- faults -----------------------------------------------------------------

  /// What goes wrong with commits and loads.
  [[nodiscard]] store_faults& faults() noexcept;

  /// Another process appends these events now: a live aggregate does not know
  /// of them and meets a conflict when it next commits.
  template <class A, class... Events>
  void append_foreign(std::string id, const Events&... events) {
    append_foreign(type_of<A>(), std::move(id),
                   {detail::form_of<A>(events)...});
  }

  /// Replaces what is stored of an event or a snapshot; the text need not be
  /// JSON. Who has read it already does not notice.
  void corrupt_event(std::string_view id, version_t version, std::string text);
  void corrupt_snapshot(std::string_view id, version_t version,
                        std::string text);

  // -- below ------------------------------------------------------------------

  [[nodiscard]] store::memory_store& store() noexcept;
  [[nodiscard]] actors::runtime& runtime() noexcept;
  [[nodiscard]] caf::actor_system& system() noexcept;
  [[nodiscard]] test_scheduler& scheduler() noexcept;

private:
  struct impl;

  static receipt accepted(result<receipt> outcome, source_place where);
  static error refused(result<receipt> outcome, source_place where);
  static any_state decoded(const aggregate_type& type, result<std::string> json,
                           source_place where);

  std::string next_id(std::string_view prefix);
  void expect_stored(std::string_view id,
                     const std::vector<event_form>& wanted) const;
  void append_foreign(const aggregate_type& type, std::string id,
                      const std::vector<event_form>& events);
  bool wait_for(const std::function<bool()>& is_done);
  void start();

  std::unique_ptr<impl> impl_;
};

} // namespace es::testing

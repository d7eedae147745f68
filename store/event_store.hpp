#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/event_log.hpp"
#include "eventsource/store/lease.hpp"
#include "eventsource/store/outbox.hpp"
#include "eventsource/store/prepared_batch.hpp"
#include "eventsource/store/subscription_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// A snapshot as it is stored.
struct recorded_snapshot {
  std::string aggregate_id;
  std::string aggregate_type;
  version_t version = 0;
  int state_version = 1;
  timestamp taken_at;
  /// JSON text.
  std::string data;
};

/// Which part of an aggregate recovery needs.
struct recovery_request {
  std::string aggregate_id;
  /// Events above this version are wanted; above 0 no snapshot is looked for.
  version_t after_version = 0;
  /// Only snapshots of this state version are of use.
  int state_version = 1;
  /// False after a snapshot turned out unreadable: replay everything.
  bool use_snapshot = true;
};

struct recovery_page {
  std::string aggregate_id;
  std::optional<recorded_snapshot> snapshot;
  /// In version order, beginning after the snapshot (or `after_version`).
  std::vector<recorded_event> events;
  /// Whether more events follow: ask again after the last one's version.
  bool more = false;
};

/// Figures per aggregate type, as `esctl stats` shows them.
struct type_statistics {
  std::string aggregate_type;
  std::int64_t aggregates = 0;
  std::int64_t events = 0;
  std::int64_t snapshots = 0;
};

struct table_statistics {
  std::string table;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

struct statistics {
  std::vector<type_statistics> types;
  std::int64_t outbox_pending = 0;
  std::int64_t commands_remembered = 0;
  std::vector<table_statistics> tables;
};

/// An outbox row. One that is dead and published was dropped.
struct outbox_entry {
  std::string event_id;
  std::string aggregate_id;
  version_t version = 0;
  bool published = false;
  bool dead = false;
};

/// An instance of a process manager, and when the first of its timers is due.
struct process_timer {
  std::string process_id;
  timestamp due_at{};
};

/// Where events live. Two implementations, PostgreSQL and memory, keep the same
/// promises and pass the same conformance suite (tests/store/conformance.hpp).
///
/// All functions block and none throws. All are thread-safe: each call takes a
/// connection of its own from the store's pool and waits for one at most as
/// long as the settings say. `errc::unavailable` means that nothing was done.
class event_store {
public:
  virtual ~event_store() = default;

  // -- writing ----------------------------------------------------------------

  /// Stores all appends in as few transactions as possible, normally one, and
  /// returns an outcome for each, in the same order. Appends of one aggregate
  /// within a batch must follow each other in version order. A refused append
  /// harms no other (promise 6), except later appends of the same aggregate,
  /// which conflict. Does not fail as a whole: if the database is away, each
  /// append is refused with `errc::unavailable`.
  [[nodiscard]] virtual std::vector<append_outcome>
  write(std::span<const append_request> batch) = 0;

  /// Does what `write` would do with these appends before it needs the server:
  /// checks them and makes their rows. Asks nobody, and takes about as long as
  /// it takes to copy them. What comes before them need not be stored yet.
  /// Throws `std::bad_alloc`, and nothing else.
  [[nodiscard]] virtual std::unique_ptr<prepared_batch>
  prepare(std::span<const append_request> batch);

  /// `write` for what this store has prepared, once. Calls `meanwhile`, unless
  /// it is empty, on this thread while the server commits: time to prepare the
  /// next batch. Maybe more than once, and not for each batch; it must not
  /// throw.
  [[nodiscard]] virtual std::vector<append_outcome>
  write_prepared(prepared_batch& batch, const std::function<void()>& meanwhile);

  /// Forgets command ids that were remembered at least `older_than` ago by the
  /// store's own clock, the oldest first and at most `limit`; a repeat of such
  /// a command is a new one. How many were forgotten. Not negative, else
  /// `errc::invalid`.
  [[nodiscard]] virtual result<std::size_t>
  forget_commands(std::chrono::milliseconds older_than, std::size_t limit) = 0;

  // -- recovery ---------------------------------------------------------------

  /// The latest usable snapshot and the events after it, for many aggregates at
  /// once, in the order of the requests. At most `events_per_page` events for
  /// each. An aggregate without events gets an empty page.
  [[nodiscard]] virtual result<std::vector<recovery_page>>
  recover(std::span<const recovery_request> requests,
          std::size_t events_per_page) = 0;

  /// The receipts of an aggregate's commands, in the order of their ids; empty
  /// where such a command was not executed or is not remembered.
  [[nodiscard]] virtual result<std::vector<std::optional<receipt>>>
  find_receipts(std::string_view aggregate_id,
                std::span<const std::string> command_ids) = 0;

  /// The same for one command.
  [[nodiscard]] result<std::optional<receipt>>
  find_receipt(std::string_view aggregate_id, std::string_view command_id);

  // -- reading ----------------------------------------------------------------

  /// Events from `from_version` (inclusive) in version order, at most `limit`;
  /// empty if there are none. Time travel replays these.
  [[nodiscard]] virtual result<std::vector<recorded_event>>
  load_events(std::string_view aggregate_id, version_t from_version,
              std::size_t limit) = 0;

  /// The latest snapshot at or below `at_most`, whatever its state version.
  [[nodiscard]] virtual result<std::optional<recorded_snapshot>>
  load_snapshot(std::string_view aggregate_id, version_t at_most) = 0;

  /// The version of the last event at or before this moment; 0 if none.
  [[nodiscard]] virtual result<version_t>
  version_at(std::string_view aggregate_id, timestamp when) = 0;

  // -- reading everything (verification, statistics) --------------------------

  /// Events of all aggregates in (aggregate id, version) order, at most
  /// `limit`, beginning after the given place; start with ("", 0).
  [[nodiscard]] virtual result<std::vector<recorded_event>>
  scan_events(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) = 0;

  /// Snapshots in (aggregate id, version) order, like `scan_events`.
  [[nodiscard]] virtual result<std::vector<recorded_snapshot>>
  scan_snapshots(std::string_view after_aggregate_id, version_t after_version,
                 std::size_t limit) = 0;

  /// Outbox rows in (aggregate id, version) order, like `scan_events`.
  [[nodiscard]] virtual result<std::vector<outbox_entry>>
  scan_outbox(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) = 0;

  /// Rows of a projection table in key order, the cells of `columns` in the
  /// text form that `cell` has; at most `limit`, beginning after the row with
  /// the key `after` (empty: from the start).
  [[nodiscard]] virtual result<std::vector<row>>
  scan_projection(const projection_table& table, const row& after,
                  std::size_t limit) = 0;

  [[nodiscard]] virtual result<statistics> stats() = 0;

  // -- process managers -------------------------------------------------------

  /// The instances of a process that have timers, in the order of time and id
  /// (bytes), beginning after `after`, which need not exist; at most `limit`.
  /// Read from the rows of `process_timer_table`, which are written with the
  /// instances' events.
  [[nodiscard]] virtual result<std::vector<process_timer>>
  find_timers(std::string_view process_type, const process_timer& after,
              std::size_t limit) = 0;

  // -- other faces of the same store ------------------------------------------

  // They live as long as the store.

  [[nodiscard]] virtual event_log& log() noexcept = 0;
  [[nodiscard]] virtual lease_store& leases() noexcept = 0;
  [[nodiscard]] virtual subscription_store& subscriptions() noexcept = 0;
  [[nodiscard]] virtual outbox_store& outbox() noexcept = 0;

  // -- set-up -----------------------------------------------------------------

  /// Whether the store can be used: reachable, migrated, and not newer than
  /// this library (`errc::unavailable`, `errc::schema_mismatch`).
  [[nodiscard]] virtual result<void> check() = 0;
};

} // namespace es::store

#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"
#include "eventsource/store/lease.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// A place in the order of aggregate ids (bytes) and versions.
struct outbox_place {
  std::string aggregate_id;
  version_t version = 0;
};

/// One of `count` parts of all aggregates, by a hash of their ids. Stores of
/// different kinds may hash differently.
struct outbox_partition {
  std::size_t index = 0;
  std::size_t count = 1;
};

/// An event that has to be published.
struct outbox_message {
  recorded_event event;
  /// How often publishing it has failed since it was stored or retried.
  int attempts = 0;
};

struct outbox_failure {
  std::string event_id;
  /// Why, for an operator.
  std::string reason;
  /// Not to be tried before so long from now. Empty: never again; the event is
  /// a dead letter until an operator retries or drops it.
  std::optional<std::chrono::microseconds> retry_after{};
};

/// What became of some messages.
struct outbox_settlement {
  /// Checked in the same transaction; absent where order does not matter.
  std::optional<held_lease> lease;
  /// Ids of events that were published.
  std::vector<std::string> published;
  std::vector<outbox_failure> failed;
};

enum class outbox_state {
  /// To be published now, or as soon as nothing before it waits.
  pending,
  /// Failed, or claimed by a relay; not before `next_attempt_at`.
  waiting,
  /// Failed too often. Holds back all later events of its aggregate.
  dead,
  published,
  /// A dead letter that an operator gave up.
  dropped,
};

[[nodiscard]] std::string_view to_string(outbox_state state) noexcept;

/// A publisher's words as a database stores them: valid UTF-8 without NUL, and
/// not too many.
[[nodiscard]] std::string storable_text(std::string_view text);

/// A row as operators see it.
struct outbox_row {
  std::string event_id;
  std::string aggregate_id;
  version_t version = 0;
  outbox_state state = outbox_state::pending;
  timestamp created_at{};
  int attempts = 0;
  std::string last_error;
  /// If `waiting`.
  std::optional<timestamp> next_attempt_at{};
};

struct outbox_lag {
  /// Not published, dead letters left out; `waiting` of these have failed or
  /// are claimed.
  std::int64_t pending = 0;
  std::int64_t waiting = 0;
  std::int64_t dead = 0;
  /// How long ago the oldest pending event was stored; 0 without any.
  std::chrono::microseconds oldest_age{0};
};

/// The events that have to be published: written with the events themselves,
/// and read here by those who publish them. All functions block, none throws,
/// all are thread-safe. Time is the database's; in the memory store that of its
/// clock.
class outbox_store {
public:
  virtual ~outbox_store() = default;

  // -- for relays -------------------------------------------------------------

  /// What is to be published after a place, in the order of aggregate ids and
  /// versions: at most `limit` events of one partition. An event that failed
  /// holds back itself, until its time has come, and all later ones of its
  /// aggregate. Takes nothing: a relay that reads like this has a lease.
  [[nodiscard]] virtual result<std::vector<outbox_message>>
  load_outbox(outbox_partition part, const outbox_place& after,
              std::size_t limit) = 0;

  /// Takes at most `limit` events in any order, so that no other claim gets
  /// them for `duration`; those that others are taking are passed over. A
  /// failed event holds back itself only.
  [[nodiscard]] virtual result<std::vector<outbox_message>>
  claim_outbox(std::size_t limit, std::chrono::microseconds duration) = 0;

  /// Notes all of it in one transaction, or nothing: with `errc::conflict` if
  /// the lease was lost. What is noted already or gone is passed over, so that
  /// it may be repeated.
  [[nodiscard]] virtual result<void>
  settle_outbox(const outbox_settlement& what) = 0;

  /// Deletes at most `limit` rows that were published or dropped longer ago
  /// than `age`, the oldest first; gives how many.
  [[nodiscard]] virtual result<std::size_t>
  purge_outbox(std::chrono::microseconds age, std::size_t limit) = 0;

  // -- for operators ----------------------------------------------------------

  [[nodiscard]] virtual result<outbox_lag> measure_outbox() = 0;

  /// Rows that are not published, in the order of aggregate ids and versions:
  /// at most `limit` after a place, all of them or only dead letters.
  [[nodiscard]] virtual result<std::vector<outbox_row>>
  list_outbox(const outbox_place& after, std::size_t limit, bool dead_only) = 0;

  /// Lets events that failed be tried again at once, counting anew; gives how
  /// many of these ids were such.
  [[nodiscard]] virtual result<std::size_t>
  retry_outbox(std::span<const std::string> event_ids) = 0;

  /// Gives dead letters up, so that the later events of their aggregates go on;
  /// gives how many of these ids were such.
  [[nodiscard]] virtual result<std::size_t>
  drop_outbox(std::span<const std::string> event_ids) = 0;

  /// Up to which moment rows may have been purged: an event that was stored
  /// later has its row. Empty if none ever was.
  [[nodiscard]] virtual result<std::optional<timestamp>> purged_until() = 0;
};

} // namespace es::store

#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace esctl {

/// One thing that is not as it should be.
struct finding {
  enum class kind {
    version_gap,
    unknown_type,
    unreadable_event,
    projection_missing,
    projection_differs,
    projection_surplus,
    snapshot_differs,
    snapshot_surplus,
    outbox_missing,
    outbox_surplus,
    outbox_dead,
    checkpoint_ahead,
    checkpoint_missing,
    subscription_stopped,
    subscription_dead_letter,
  };

  kind what;
  /// The aggregate, the key of a row that belongs to none, or the name of a
  /// subscription.
  std::string aggregate_id;
  es::version_t version = 0;
  std::string message;
  /// What should be there and what is; empty where the message says it all.
  std::string expected{};
  std::string actual{};
};

/// "version_gap", "projection_differs", ...
[[nodiscard]] std::string_view to_string(finding::kind what) noexcept;

struct verification_summary {
  std::size_t aggregates = 0;
  std::size_t events = 0;
  std::size_t snapshots = 0;
  std::size_t projection_rows = 0;
  std::size_t outbox_rows = 0;
  std::size_t outbox_pending = 0;
  std::size_t findings = 0;
};

/// Reads everything that a store holds and checks it against the events:
/// versions contiguous from 1, events readable, snapshots and projection rows
/// equal to the fold of their events, an outbox row for every event that asked
/// for one (see `publish_marks`) and for no other. Walks events, snapshots and
/// outbox side by side in the order of aggregates, so that memory does not grow
/// with the store; a projection table whose key is not the aggregate's id is
/// held in memory.
///
/// Fails only if the store can't be read. What commits during the walk may look
/// like damage: give it a store that reads as of one moment, see
/// `postgres_store::open_at_one_moment`, or run it while nothing is written.
[[nodiscard]] es::result<verification_summary>
verify(es::store::event_store& store, const es::type_registry& types,
       const std::function<void(const finding&)>& report,
       const std::function<void(std::size_t events)>& progress);

} // namespace esctl

#pragma once

#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace es::store {

/// Makes the rows of one partition of an async projection, a page of events in
/// a transaction. Blocks; used by one thread at a time; knows neither actors
/// nor time, so that programs and tools drive it as they like.
class projector {
public:
  struct target {
    subscription_key key;
    /// Behind the names of the projection's tables: those of a rebuild.
    std::string table_suffix{};
  };

  /// What one step came to.
  struct outcome {
    /// Events that were handled, those without any effect included.
    std::size_t events = 0;
    /// Whether there is more to do at once.
    bool more = false;
    /// Whether the checkpoint is further than before.
    bool moved = false;
    /// The event that can't be handled, and why; everything before it is done.
    /// The next step begins with it.
    std::optional<logged_event> culprit{};
    error why{};
  };

  enum class first_event { handle, skip };

  /// `place` is where the checkpoint is, which `open` told. Nothing here may
  /// end before the projector does.
  projector(event_store& store, std::shared_ptr<const async_projection> what,
            target where, const position& place);

  /// Handles what comes next, at most `page_events_max` events. With `skip` the
  /// first event is recorded as a dead letter of so many `attempts`, for the
  /// reason that it was a culprit before.
  ///
  /// An event that fails is the outcome's culprit. Fails itself if it is no
  /// event's fault: `errc::conflict` (the lease or the checkpoint is somebody
  /// else's, or the projection is paused) and `errc::in_doubt` (the commit was
  /// not answered) mean that this projector is of no more use.
  [[nodiscard]] result<outcome> step(const held_lease& lease,
                                     std::size_t page_events_max,
                                     first_event first = first_event::handle,
                                     int attempts = 0);

  /// Everything up to here is projected.
  [[nodiscard]] const position& place() const noexcept {
    return place_;
  }
  [[nodiscard]] const async_projection& projection() const noexcept {
    return *what_;
  }

private:
  [[nodiscard]] projected_batch begin_batch(const held_lease& lease) const;
  result<outcome> finish(projected_batch batch, outcome so_far);

  event_store& store_;
  std::shared_ptr<const async_projection> what_;
  target where_;
  position place_;
  /// One event at a time up to here, to find the one that the database refuses.
  position careful_to_{};
  /// Of the culprit of the last step.
  std::string last_error_;
};

/// The events that a projection wants.
[[nodiscard]] event_filter filter_of(const async_projection& projection);

/// Its tables.
[[nodiscard]] std::vector<const projection_table*>
tables_of(const async_projection& projection);

} // namespace es::store

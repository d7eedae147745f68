#pragma once

#include "eventsource/tools/esctl/projection_status.hpp"
#include "eventsource/tools/esctl/verification.hpp"

#include <cstddef>
#include <functional>
#include <span>

namespace esctl {

struct async_summary {
  /// Rows of async projections.
  std::size_t rows = 0;
  /// Of all named subscriptions, projections among them.
  std::size_t checkpoints = 0;
  /// Events that the projections have not got to, counted as `count_behind`
  /// does.
  std::size_t behind = 0;
};

/// Checks that the rows of async projections are what their handlers make of
/// all events up to their checkpoints, dead letters left out, row by row; and
/// that each checkpoint stands where it may. The rows that should be there are
/// made in memory. SQL statements of a projection's own are not run: what they
/// wrote looks like damage.
///
/// `progress` is told how many events were read so far.
///
/// Fails only if the store can't be read. As for `verify`, the store should
/// read as of one moment, unless nothing is projected meanwhile.
[[nodiscard]] es::result<async_summary>
check_async(es::store::event_store& store,
            std::span<const known_projection> projections,
            const std::function<void(const finding&)>& report,
            const std::function<void(std::size_t events)>& progress);

} // namespace esctl

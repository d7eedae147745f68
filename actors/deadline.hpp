#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <algorithm>
#include <chrono>

namespace es::actors {

/// Whoever asks to wait longer, waits so long: "for ever" is often written as
/// the largest duration, which no clock can add to the present.
inline constexpr std::chrono::milliseconds wait_max = std::chrono::hours(8'760);

/// When a wait of `wait` ends that began at `start`; at once if it is negative.
[[nodiscard]] inline caf::actor_clock::time_point
deadline_after(caf::actor_clock::time_point start,
               std::chrono::milliseconds wait) {
  return start
         + std::clamp<std::chrono::milliseconds>(
           wait, std::chrono::milliseconds(0), wait_max);
}

/// Deadlines that lie closer together are looked at together.
inline constexpr std::chrono::milliseconds deadline_resolution{1};

/// How long a timer waits that looks after `deadline`.
[[nodiscard]] inline std::chrono::nanoseconds
wait_until(caf::actor_clock::time_point deadline,
           caf::actor_clock::time_point now) {
  return std::max<std::chrono::nanoseconds>(deadline - now,
                                            deadline_resolution);
}

} // namespace es::actors

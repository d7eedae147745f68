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

} // namespace es::actors

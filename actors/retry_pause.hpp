#pragma once

#include "eventsource/actors/settings.hpp"

#include <algorithm>
#include <chrono>

namespace es::actors {

/// The pause before the n-th retry, counted from 1: it doubles with each.
[[nodiscard]] inline std::chrono::milliseconds
retry_pause(const settings::subscription_settings& how, int retry) {
  constexpr int doublings_max = 20;
  const auto pause =
    how.retry_delay
    * (std::int64_t{1} << std::clamp(retry - 1, 0, doublings_max));
  return std::min(pause, how.retry_delay_max);
}

} // namespace es::actors

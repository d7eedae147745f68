#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <chrono>
#include <cstdint>

namespace es::actors {

/// A restartable timer on messages that can't be cancelled: each carries a
/// generation, and only the latest one counts. `Tick` is a registered message
/// type with a `std::uint64_t generation` member.
template <class Tick>
class timer {
public:
  template <class Self>
  void start(Self* self, std::chrono::nanoseconds delay) {
    armed_ = true;
    compat::tell_self_after(self, delay, Tick{++generation_});
  }

  void cancel() noexcept {
    ++generation_;
    armed_ = false;
  }

  [[nodiscard]] bool armed() const noexcept {
    return armed_;
  }

  /// True exactly once, for the tick of the latest `start`.
  [[nodiscard]] bool fired(const Tick& tick) noexcept {
    if (!armed_ || tick.generation != generation_)
      return false;
    armed_ = false;
    return true;
  }

private:
  std::uint64_t generation_ = 0;
  bool armed_ = false;
};

} // namespace es::actors

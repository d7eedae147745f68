#pragma once

#include <chrono>
#include <functional>

namespace es::store::postgres {

/// How long to wait before a transaction that others got in the way of is tried
/// again: twice as long each time, up to a bound, and never the same, so that
/// two that collided do not collide again in step. Thread-safe if its random
/// source is.
class retry_pause {
public:
  using microseconds = std::chrono::microseconds;
  /// Evenly spread over [0, 1).
  using random_source = std::function<double()>;
  using sleeper = std::function<void(microseconds)>;

  static constexpr microseconds longest{std::chrono::seconds{1}};

  /// With a random source of each thread's own, and a thread that sleeps.
  retry_pause();
  retry_pause(random_source random, sleeper sleep);

  /// Before the n-th retry, counted from 1: `first` doubled n - 1 times, at
  /// most `longest`, and of that between the half and one and a half.
  [[nodiscard]] microseconds length(int retry, microseconds first) const;

  /// Sleeps for that long.
  void operator()(int retry, microseconds first) const;

private:
  random_source random_;
  sleeper sleep_;
};

} // namespace es::store::postgres

#include "eventsource/store/postgres/retry_pause.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>

namespace es::store::postgres {

namespace {

// Far beyond `longest`, and far from what a number of microseconds can hold.
constexpr int doublings_max = 20;

double random_of_this_thread() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

} // namespace

retry_pause::retry_pause()
  : retry_pause(random_of_this_thread, [](microseconds length) {
      std::this_thread::sleep_for(length);
    }) {
  // nop
}

retry_pause::retry_pause(random_source random, sleeper sleep)
  : random_(std::move(random)), sleep_(std::move(sleep)) {
  // nop
}

retry_pause::microseconds retry_pause::length(int retry,
                                              microseconds first) const {
  const auto doublings = std::clamp(retry - 1, 0, doublings_max);
  const auto middle = std::min(first * (std::int64_t{1} << doublings), longest);
  return std::chrono::duration_cast<microseconds>(middle * (0.5 + random_()));
}

void retry_pause::operator()(int retry, microseconds first) const {
  sleep_(length(retry, first));
}

} // namespace es::store::postgres

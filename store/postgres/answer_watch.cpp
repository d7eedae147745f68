#include "eventsource/store/postgres/answer_watch.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <poll.h>
#include <thread>

namespace es::store::postgres {

namespace {

using namespace std::chrono_literals;

/// How much later than asked for a sleep ends: the kernel's slack for timers,
/// and waking up.
constexpr answer_watch::clock::duration oversleep = 80us;

/// Asking once and yielding take less, unless another thread was given the
/// core.
constexpr answer_watch::clock::duration interruption = 20us;

/// Of how many answers the mean is, about.
constexpr int memory = 8;

/// Whether there is something to read, or will be soon.
bool is_readable(int socket, std::chrono::nanoseconds at_most) {
  pollfd one{socket, POLLIN, 0};
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec time{static_cast<std::time_t>(whole.count()),
                      static_cast<long>((at_most - whole).count())};
  return ::ppoll(&one, 1, &time, nullptr) != 0;
}

/// How many writes of this program are under way.
std::atomic<int> works = 0;

} // namespace

answer_watch::answer_watch(std::chrono::microseconds limit)
  : limit_(limit), usual_(2 * limit_) {
  // nop
}

answer_watch::plan answer_watch::next() const noexcept {
  if (usual_ >= limit_ || !was_alone_)
    return {};
  return {std::max(usual_ * 3 / 4 - oversleep, clock::duration{0}), 2 * usual_};
}

answer_watch::work::work() noexcept {
  works.fetch_add(1, std::memory_order_relaxed);
}

answer_watch::work::~work() {
  works.fetch_sub(1, std::memory_order_relaxed);
}

bool answer_watch::is_alone() noexcept {
  return works.load(std::memory_order_relaxed) <= 1;
}

void answer_watch::look(int socket, clock::time_point since) const {
  const auto [rest, give_up] = next();
  if (give_up.count() == 0)
    return;
  if (rest.count() > 0 && is_readable(socket, rest))
    return;
  for (auto before = clock::now(); !is_readable(socket, 0ns);) {
    std::this_thread::yield();
    const auto now = clock::now();
    if (now - before > interruption || now - since > give_up || !is_alone())
      return;
    before = now;
  }
}

void answer_watch::learn(clock::duration took, bool alone) noexcept {
  was_alone_ = alone;
  // One that took very long does not count for long.
  usual_ += (std::min(took, 2 * limit_) - usual_) / memory;
}

} // namespace es::store::postgres

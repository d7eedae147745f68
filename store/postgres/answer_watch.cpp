#include "eventsource/store/postgres/answer_watch.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <poll.h>
#include <thread>

namespace es::store::postgres {

namespace {

using namespace std::chrono_literals;

/// Asking once and yielding take less, unless another thread was given the
/// core, or the host took it away.
constexpr answer_watch::clock::duration interruption = 20us;

/// After more of them in one wait it is not chance.
constexpr int interruptions_max = 3;

/// For so long an answer may be asked for before it pays to rest longer.
constexpr answer_watch::clock::duration polled_well = 40us;

/// The shortest of sleeps takes longer.
constexpr answer_watch::clock::duration rest_min = 50us;

/// So many answers in a row that nothing was stored beside show that nobody
/// else is about.
constexpr int alone_min = 8;

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
  if (usual_ >= limit_ || alone_ < alone_min)
    return {};
  return {rest_ < rest_min ? clock::duration{0} : rest_, 2 * usual_};
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

answer_watch::sight answer_watch::look(int socket,
                                       clock::time_point since) const {
  sight seen;
  const auto [rest, give_up] = next();
  if (give_up.count() == 0)
    return seen;
  if (rest.count() > 0 && is_readable(socket, rest)) {
    seen.too_soon = true;
    return seen;
  }
  const auto begin = clock::now();
  int interruptions = 0;
  for (auto before = begin; !is_readable(socket, 0ns);) {
    std::this_thread::yield();
    const auto now = clock::now();
    seen.polled = now - begin;
    if (now - before > interruption && ++interruptions > interruptions_max)
      break;
    if (now - since > give_up || !is_alone())
      break;
    before = now;
  }
  return seen;
}

void answer_watch::learn(const sight& seen) noexcept {
  alone_ = seen.alone ? std::min(alone_ + 1, alone_min) : 0;
  // One that took very long does not count for long.
  usual_ += (std::min(seen.took, 2 * limit_) - usual_) / memory;
  if (seen.too_soon)
    rest_ -= rest_ / 8;
  else if (seen.polled.count() > 0)
    rest_ += (std::min(seen.polled, limit_) - polled_well) / 16;
  rest_ = std::max(rest_, clock::duration{0});
}

} // namespace es::store::postgres

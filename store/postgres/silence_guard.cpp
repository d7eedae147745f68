#include "eventsource/store/postgres/silence_guard.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace es::store::postgres {

using clock = std::chrono::steady_clock;

// -- one connection -----------------------------------------------------------

silence_guard::watched::watched(silence_guard& home, int socket)
  : home_(home), socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  std::lock_guard guard{home_.mutex_};
  home_.all_.insert(this);
}

silence_guard::watched::~watched() {
  {
    std::lock_guard guard{home_.mutex_};
    home_.all_.erase(this);
  }
  if (socket_ >= 0)
    ::close(socket_);
}

void silence_guard::watched::begin() noexcept {
  since_.store(clock::now().time_since_epoch().count(),
               std::memory_order_relaxed);
}

void silence_guard::watched::end() noexcept {
  since_.store(idle, std::memory_order_relaxed);
}

// -- all connections ----------------------------------------------------------

silence_guard::silence_guard(std::chrono::milliseconds limit) : limit_(limit) {
  if (limit_.count() > 0)
    thread_ = std::thread([this] { run(); });
}

silence_guard::~silence_guard() {
  if (!thread_.joinable())
    return;
  {
    std::lock_guard guard{mutex_};
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void silence_guard::run() {
  std::unique_lock guard{mutex_};
  while (!ends_)
    changed_.wait_until(guard, cut_silent_ones());
}

clock::time_point silence_guard::cut_silent_ones() {
  const auto now = clock::now();
  // What is asked from now on is due later than that.
  auto next = now + limit_;
  for (auto* each : all_) {
    const auto since = each->since_.load(std::memory_order_relaxed);
    if (since == watched::idle || each->cut_)
      continue;
    const auto due = clock::time_point{clock::duration{since}} + limit_;
    if (due > now) {
      next = std::min(next, due);
      continue;
    }
    // Whoever waits for the answer finds the connection at its end.
    each->cut_ = true;
    ::shutdown(each->socket_, SHUT_RDWR);
  }
  return next;
}

} // namespace es::store::postgres

#include "eventsource/tests/faults/faulty_link.hpp"

#include "eventsource/tests/store/socket_relay.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace es::testing {

namespace {

constexpr const char* socket_name = "/.s.PGSQL.5432";

} // namespace

faulty_link::faulty_link(const std::string& server_folder, std::uint64_t seed)
  : target_(server_folder + socket_name), random_(seed) {
  char pattern[] = "/tmp/eventsource-link-XXXXXX";
  if (!::mkdtemp(pattern))
    throw std::runtime_error("no folder for the socket");
  folder_ = pattern;
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = socket_address(folder_ + socket_name);
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address),
         sizeof address);
  ::listen(listener_, 64);
  acceptor_ = std::thread([this] { accept_all(); });
}

faulty_link::~faulty_link() {
  // Ends the accepting thread, which may be waiting.
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::unique_lock guard{mutex_};
    ends_ = true;
    for (auto fd : open_)
      ::shutdown(fd, SHUT_RDWR);
    carried_.notify_all();
    carried_.wait(guard, [this] { return carriers_ == 0; });
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void faulty_link::set(const faults& what) {
  std::lock_guard guard{mutex_};
  faults_ = what;
  carried_.notify_all();
}

void faulty_link::freeze() {
  std::lock_guard guard{mutex_};
  frozen_ = made_;
}

bool faulty_link::await_passage(std::uint64_t number) {
  std::unique_lock guard{mutex_};
  carried_.wait(
    guard, [&] { return ends_ || (!faults_.stalled && number > frozen_); });
  return !ends_;
}

faulty_link::faults faulty_link::now() {
  std::lock_guard guard{mutex_};
  return faults_;
}

std::uint64_t faulty_link::random(std::uint64_t least, std::uint64_t most) {
  std::lock_guard guard{mutex_};
  return std::uniform_int_distribution<std::uint64_t>{least, most}(random_);
}

void faulty_link::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      return;
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = socket_address(target_);
    if (now().closed
        || ::connect(server, reinterpret_cast<const sockaddr*>(&address),
                     sizeof address)
             != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    std::uint64_t number = 0;
    {
      std::lock_guard guard{mutex_};
      open_.insert({client, server});
      ++carriers_;
      number = ++made_;
    }
    std::thread([this, client, server, number] {
      carry(client, server, number);
      // Under the lock, so that nobody shuts down who got the same number.
      std::lock_guard guard{mutex_};
      open_.erase(client);
      open_.erase(server);
      ::close(client);
      ::close(server);
      --carriers_;
      carried_.notify_all();
    }).detach();
  }
}

/// Returns when the connection ends or is to be cut.
void faulty_link::carry(int client, int server, std::uint64_t number) {
  std::vector<char> buffer(1 << 16);
  bool lose_answer = false;
  std::uint64_t left = 0;
  for (;;) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0)
      return;
    for (int side : {0, 1}) {
      if (both[side].revents == 0)
        continue;
      const auto n = ::recv(both[side].fd, buffer.data(), buffer.size(), 0);
      if (n <= 0)
        return;
      if (!await_passage(number))
        return;
      std::string_view data{buffer.data(), static_cast<std::size_t>(n)};
      const auto what = now();
      if (what.delay_max_us > 0) {
        std::unique_lock guard{mutex_};
        std::uniform_int_distribution<std::uint64_t> choose{0,
                                                            what.delay_max_us};
        if (carried_.wait_for(guard, std::chrono::microseconds{choose(random_)},
                              [this] { return ends_; }))
          return;
      }
      if (side == 1 && lose_answer) {
        ++cuts_;
        return;
      }
      if (side == 0 && is_commit(data)) {
        const auto dice = random(1, 1000);
        if (dice <= what.before_commit) {
          ++cuts_;
          return;
        }
        lose_answer = dice <= what.before_commit + what.after_commit;
      }
      if (what.bytes_max == 0)
        left = 0;
      else if (left == 0)
        left = random(1, what.bytes_max);
      if (left > 0 && data.size() >= left) {
        pass_on(both[1 - side].fd, data.substr(0, left));
        ++cuts_;
        return;
      }
      if (left > 0)
        left -= data.size();
      if (!pass_on(both[1 - side].fd, data))
        return;
    }
  }
}

} // namespace es::testing

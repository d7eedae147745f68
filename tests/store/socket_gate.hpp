#pragma once

#include "eventsource/tests/store/socket_relay.hpp"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace es::testing {

/// Stands between a program and its server, both on Unix sockets, and cuts the
/// connection at the one moment that matters, or falls silent there.
class socket_gate {
public:
  enum class cut {
    never,
    /// The server does not get the COMMIT.
    before_commit,
    /// The server commits, and its answer is lost.
    after_commit,
    /// Of the COPY into a projection's table the server gets no row, and
    /// neither side ever hears that the other is gone.
    within_copy,
    /// The same amid the rows of a batch's outbox.
    within_batch,
  };

  /// `server_dir` and `port` are those of the server.
  socket_gate(const std::string& server_dir, const std::string& port)
    : target_(server_dir + "/.s.PGSQL." + port) {
    char pattern[] = "/tmp/eventsource-gate-XXXXXX";
    dir_ = ::mkdtemp(pattern);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = socket_address(dir_ + "/.s.PGSQL." + port);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address),
               sizeof address)
          != 0
        || ::listen(listener_, 16) != 0)
      throw std::runtime_error{"no socket can be made in " + dir_};
    acceptor_ = std::thread([this] { accept_all(); });
  }

  socket_gate(const socket_gate&) = delete;
  socket_gate& operator=(const socket_gate&) = delete;

  ~socket_gate() {
    // Ends the accepting thread, which may be waiting.
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ends_ = true;
    ::close(listener_);
    for (auto& each : links_)
      each.join();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  /// The folder to connect to instead of the server's.
  [[nodiscard]] const std::string& dir() const noexcept {
    return dir_;
  }

  /// Cuts at the next such place, and then no more.
  void cut_next(cut how) {
    next_ = how;
  }
  /// After the next cut no new connection is let through.
  void stay_closed_after_cut() {
    stay_closed_ = true;
  }
  [[nodiscard]] int cuts() const noexcept {
    return cuts_;
  }

private:
  void accept_all() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0)
        return;
      const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto address = socket_address(target_);
      if (closed_
          || ::connect(server, reinterpret_cast<const sockaddr*>(&address),
                       sizeof address)
               != 0) {
        ::close(client);
        ::close(server);
        continue;
      }
      links_.emplace_back([this, client, server] {
        carry(client, server);
        ::close(client);
        ::close(server);
      });
    }
  }

  void note_cut() {
    if (stay_closed_)
      closed_ = true;
    ++cuts_;
  }

  /// After this keeps the connection open, until the server ends it.
  void fall_silent(int server, std::string_view last_heard) {
    next_ = cut::never;
    pass_on(server, last_heard);
    note_cut();
    std::vector<char> unheard(1 << 10);
    while (!ends_) {
      pollfd one{server, POLLIN, 0};
      constexpr int wait_ms = 10;
      if (::poll(&one, 1, wait_ms) > 0
          && ::recv(server, unheard.data(), unheard.size(), 0) <= 0)
        return;
    }
  }

  /// Returns when the connection ends or was cut.
  void carry(int client, int server) {
    std::vector<char> buffer(1 << 16);
    bool lose_answer = false;
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
        const std::string_view data{buffer.data(), static_cast<std::size_t>(n)};
        if (side == 1 && lose_answer)
          return note_cut();
        if (side == 0 && next_ == cut::within_copy) {
          if (is_query(data, "COPY \"projection\""))
            return fall_silent(server, data);
        } else if (side == 0 && next_ == cut::within_batch) {
          if (data.find("insert_outbox") != std::string_view::npos)
            return fall_silent(server, data.substr(0, data.size() / 2));
        } else if (side == 0 && is_commit(data)) {
          const auto how = next_.exchange(cut::never);
          if (how == cut::before_commit)
            return note_cut();
          lose_answer = how == cut::after_commit;
        }
        if (!pass_on(both[1 - side].fd, data))
          return;
      }
    }
  }

  const std::string target_;
  std::string dir_;
  int listener_ = -1;
  std::atomic<cut> next_{cut::never};
  std::atomic<bool> stay_closed_{false};
  std::atomic<bool> closed_{false};
  std::atomic<bool> ends_{false};
  std::atomic<int> cuts_{0};
  std::vector<std::thread> links_;
  std::thread acceptor_;
};

} // namespace es::testing

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>

namespace es::testing {

/// Stands between a program and its server, both on Unix sockets, for as long
/// as a load runs, and spoils one connection after the other.
class faulty_link {
public:
  /// What happens to new and existing connections from now on.
  struct faults {
    /// Every piece of data waits for up to so long.
    std::uint64_t delay_max_us = 0;
    /// A connection is cut after a random number of bytes up to this, in the
    /// middle of whatever is on its way; 0: not.
    std::uint64_t bytes_max = 0;
    /// Of 1000 COMMITs so many do not reach the server.
    std::uint64_t before_commit = 0;
    /// Of 1000 COMMITs so many are made, and the answer is lost.
    std::uint64_t after_commit = 0;
    /// New connections end at once.
    bool closed = false;
    /// No byte gets through until this ends; none is lost.
    bool stalled = false;
  };

  /// `server_folder` is that of the server's socket on port 5432.
  faulty_link(const std::string& server_folder, std::uint64_t seed);
  /// Ends all connections.
  ~faulty_link();

  faulty_link(const faulty_link&) = delete;
  faulty_link& operator=(const faulty_link&) = delete;

  /// The folder to connect to instead of the server's.
  [[nodiscard]] const std::string& folder() const noexcept {
    return folder_;
  }

  void set(const faults& what);
  /// Nothing gets through the present connections any more, and nobody is told.
  void freeze();
  /// Connections that were cut in the middle of something.
  [[nodiscard]] int cuts() const noexcept {
    return cuts_;
  }

private:
  faults now();
  std::uint64_t random(std::uint64_t least, std::uint64_t most);
  void accept_all();
  void carry(int client, int server, std::uint64_t number);
  /// False if everything ends.
  bool await_passage(std::uint64_t number);

  const std::string target_;
  std::string folder_;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable carried_;
  faults faults_;
  std::mt19937_64 random_;
  /// The descriptors of connections that are carried.
  std::multiset<int> open_;
  /// Connections are numbered from 1; up to here they are frozen.
  std::uint64_t frozen_ = 0;
  std::uint64_t made_ = 0;
  int carriers_ = 0;
  bool ends_ = false;
  std::atomic<int> cuts_{0};
  std::thread acceptor_;
};

} // namespace es::testing

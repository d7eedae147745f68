#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace es::store::postgres {

/// Cuts connections whose server does not answer. libpq waits for an answer as
/// long as the connection seems to live, and if the other side vanished without
/// a word that is for hours. Has one thread, which looks no more often than the
/// limit asks for.
class silence_guard {
public:
  /// 0 waits for ever.
  explicit silence_guard(std::chrono::milliseconds limit);
  ~silence_guard();

  silence_guard(const silence_guard&) = delete;
  silence_guard& operator=(const silence_guard&) = delete;

  /// One connection, used by one thread at a time.
  class watched {
  public:
    /// `socket` may be closed before this ends.
    watched(silence_guard& home, int socket);
    ~watched();

    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;

    /// An answer is waited for from now on.
    void begin() noexcept;
    void end() noexcept;
    /// Whether the connection was cut.
    [[nodiscard]] bool is_cut() const noexcept {
      return cut_;
    }

  private:
    friend class silence_guard;
    using ticks = std::chrono::steady_clock::rep;
    static constexpr ticks idle = 0;

    silence_guard& home_;
    /// A number of its own for the same socket, so that it can't be that of
    /// another one by the time it is used.
    int socket_;
    std::atomic<ticks> since_ = idle;
    std::atomic<bool> cut_ = false;
  };

  [[nodiscard]] std::chrono::milliseconds limit() const noexcept {
    return limit_;
  }

private:
  void run();
  /// When to look again.
  std::chrono::steady_clock::time_point cut_silent_ones();

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<watched*> all_;
  bool ends_ = false;
  std::thread thread_;
};

} // namespace es::store::postgres

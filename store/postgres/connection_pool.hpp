#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/postgres/retry_pause.hpp"
#include "eventsource/store/postgres/silence_guard.hpp"
#include "eventsource/store/settings.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace es::store::postgres {

class connection_pool;

/// A connection on loan; goes back to the pool when this ends. One that broke
/// is closed instead.
class lease {
public:
  lease(connection_pool& home, std::unique_ptr<connection> taken);
  ~lease();

  lease(lease&&) noexcept = default;
  lease& operator=(lease&&) = delete;

  connection* operator->() const noexcept {
    return taken_.get();
  }
  connection& operator*() const noexcept {
    return *taken_;
  }

private:
  connection_pool* home_;
  std::unique_ptr<connection> taken_;
};

/// What the connections of a pool see.
enum class pool_view {
  /// Whatever is committed when a statement begins.
  latest,
  /// All of it as of the first statement, for reading alone: there is only one
  /// connection, and no second one after it.
  one_moment,
};

/// A bounded set of connections, made on demand. Thread-safe.
class connection_pool {
public:
  /// `dsn` has been checked; `place` names the server in errors.
  connection_pool(std::string dsn, std::string place,
                  const postgres_settings& settings, retry_pause pause = {},
                  pool_view view = pool_view::latest);

  connection_pool(const connection_pool&) = delete;
  connection_pool& operator=(const connection_pool&) = delete;

  /// Waits for a free connection at most `connection_wait_max`
  /// (`errc::overloaded`), and connects if none rests (`errc::unavailable`).
  /// One that rested long, or rested while another one broke, is checked first.
  [[nodiscard]] result<lease> acquire();

  /// A connection beside the bounded ones, for a caller that keeps it. Must not
  /// outlive the pool.
  [[nodiscard]] result<std::unique_ptr<connection>> connect_apart();

  [[nodiscard]] const std::string& place() const noexcept {
    return place_;
  }
  /// How often a transaction is tried again that others got in the way of.
  [[nodiscard]] int retries_max() const noexcept {
    return retries_max_;
  }
  /// Waits before such a retry; not while a connection is on loan.
  [[nodiscard]] const retry_pause& pause() const noexcept {
    return pause_;
  }
  /// For so long a session may wait for the rest of a COPY; 0 is for ever.
  [[nodiscard]] std::chrono::milliseconds copy_wait_max() const noexcept {
    return copy_wait_max_;
  }
  /// The statements for a server kind.
  [[nodiscard]] const sql_text& texts(server_kind kind) const {
    return texts_[static_cast<std::size_t>(kind)];
  }

  /// What the last connection that was made leads to; null before the first.
  [[nodiscard]] const dialect* last_server() const noexcept {
    return last_server_;
  }

private:
  friend class lease;
  using clock = std::chrono::steady_clock;

  struct resting {
    std::unique_ptr<connection> link;
    clock::time_point since;
    std::thread::id last_user;
  };

  result<std::unique_ptr<connection>> take();
  bool still_good(resting& candidate);
  void give_back(std::unique_ptr<connection> link) noexcept;
  void free_slot() noexcept;

  const std::string dsn_;
  const std::string place_;
  silence_guard guard_;
  const session_options options_;
  const std::size_t connections_max_;
  const std::chrono::milliseconds wait_max_;
  const std::chrono::milliseconds check_after_idle_;
  const std::vector<sql_text> texts_;
  const std::chrono::milliseconds copy_wait_max_;
  const int retries_max_;
  const retry_pause pause_;
  std::atomic<const dialect*> last_server_ = nullptr;

  std::mutex mutex_;
  std::condition_variable returned_;
  /// A thread gets the one that it had before: what its session has stored
  /// need not be looked for. Else the one that rested shortest, which is last.
  std::vector<resting> resting_;
  /// On loan or being connected; at most `connections_max_`.
  std::size_t busy_ = 0;
  /// Whether the only connection of `pool_view::one_moment` was made.
  bool has_seen_ = false;
  /// When a connection was last found broken: what rests since before that may
  /// be broken as well.
  clock::time_point broken_at_ = clock::time_point::min();
};

} // namespace es::store::postgres

#pragma once

#include "eventsource/domain/error.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace es::store {

struct local_server_options {
  /// Where the data live; made if it does not exist. Empty:
  /// $XDG_STATE_HOME/eventsource/postgres, else
  /// ~/.local/state/eventsource/postgres, of root
  /// /var/lib/eventsource/postgres.
  std::string data_dir{};
  /// The folder of initdb, pg_ctl and postgres; empty: found.
  std::string bin_dir{};
  /// A new folder in `data_dir` (empty: $TMPDIR or /tmp), removed at the stop.
  /// What killed programs left there is removed by the next temporary start.
  bool temporary = false;
  /// For everything that `start` does, a first initdb included.
  std::chrono::milliseconds start_timeout{60'000};
  std::chrono::milliseconds stop_timeout{30'000};
  /// Lines of postgresql.conf that win over ours: {"shared_buffers", "1GB"}.
  /// They take effect when the server starts, not when it is joined.
  std::vector<std::pair<std::string, std::string>> server_settings{};
  /// Lines of pg_hba.conf that stand before ours, for further roles.
  std::vector<std::string> access_rules{};
};

/// A private PostgreSQL server of this account: made by initdb on first use,
/// reached by a Unix socket only, stopped when its last user goes.
///
/// Several programs may start it on the same folder at the same time: the first
/// one starts the server, the others join it, and the last one to stop stops
/// it. If programs are killed the server stays, and the next start joins it; if
/// the server is killed, the next start recovers it. The server runs as the
/// caller's account, or, if that is root, as `postgres` or `nobody`. Nobody but
/// the caller (and that account) can connect: the socket stands in a folder of
/// mode 0700, and the server asks the kernel who is calling (`peer`).
///
/// All functions block and may be called from any thread, one at a time.
class local_server {
public:
  /// How a server is stopped: `fast` ends sessions and writes everything out,
  /// `immediate` is like a power failure and makes the next start recover.
  enum class stop_mode { fast, immediate };

  /// Starts or joins the server. `errc::unavailable` if programs, accounts or
  /// rights are missing, `errc::invalid` for a folder that is not ours,
  /// `errc::corrupt` for one that was damaged, `errc::timeout` past
  /// `start_timeout`. The message says what to do and quotes the server's log.
  [[nodiscard]] static result<local_server> start(local_server_options options);

  local_server(local_server&&) noexcept;
  local_server& operator=(local_server&&) noexcept;

  /// Stops as `stop` does; an error is lost.
  ~local_server();

  /// libpq's connection string, as the superuser `eventsource` to the database
  /// `eventsource`.
  [[nodiscard]] const std::string& dsn() const noexcept;

  /// The folder with everything in it, as an absolute path without links.
  [[nodiscard]] const std::string& data_dir() const noexcept;

  /// The folder of the server programs in use, psql often among them.
  [[nodiscard]] const std::string& bin_dir() const noexcept;

  /// Whether this start found the server running.
  [[nodiscard]] bool joined() const noexcept;

  /// The server's process now; 0 if it does not run.
  [[nodiscard]] int pid() const;

  /// Gives the server up, and stops it if nobody else uses it; a temporary
  /// folder is removed. Does nothing the second time.
  [[nodiscard]] result<void> stop(stop_mode mode = stop_mode::fast);

  /// Stops the server whoever uses it, but keeps the folder and the claim on
  /// it, until `resume`. For tests of what happens without a database.
  [[nodiscard]] result<void> interrupt(stop_mode mode = stop_mode::fast);

  /// Starts the server again after `interrupt` or after it died; does nothing
  /// if it runs. The connection string stays the same.
  [[nodiscard]] result<void> resume();

  /// `interrupt` and `resume`.
  [[nodiscard]] result<void> restart(stop_mode mode = stop_mode::fast);

private:
  struct implementation;

  explicit local_server(std::unique_ptr<implementation> body);

  std::unique_ptr<implementation> body_;
};

} // namespace es::store

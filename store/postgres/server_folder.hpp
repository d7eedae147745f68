#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/store/postgres/process.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
namespace es::store {

/// The folder of a private server and everything in it:
///
///     eventsource.folder   says that the folder is ours; without it a folder
///                          with anything in it is left alone
///     start.lock           held while a server is prepared, started, stopped
///     users.lock           held, shared, by each program that uses the server
///     data/                what initdb made; complete as soon as it exists
///     data.new/            what initdb is making: a half-made folder
///     socket/              the server's socket; the server's account only
///     socket.folder        where the socket is instead if the path is too long
///     server.log           the server's log; server.log.1 is the one before
///     postgresql.conf, pg_hba.conf, pg_ident.conf
///
/// The caller owns the folder, the server's account owns data/, socket/ and the
/// log. Nobody else can reach into it.
class server_folder {
public:
  /// Makes the folder and checks that it is ours and that the server's account
  /// can reach it.
  [[nodiscard]] static result<server_folder>
  open(const std::filesystem::path& path, const account& server);

  /// Makes a folder of its own in `parent` (empty: $TMPDIR or /tmp).
  [[nodiscard]] static result<server_folder>
  open_temporary(const std::string& parent, const account& server);

  /// $XDG_STATE_HOME/eventsource/postgres, else ~/.local/state/...; of root
  /// /var/lib/eventsource/postgres, since no other account can reach /root.
  [[nodiscard]] static result<std::filesystem::path> default_path();

  /// Whether this is a folder of the caller, and no link to one, that was made
  /// by `open_temporary`.
  [[nodiscard]] static bool is_abandonable(const std::filesystem::path& path);

  /// The folders that `open_temporary` makes in `parent` begin so.
  static constexpr std::string_view temporary_prefix = "eventsource-pg-";

  [[nodiscard]] static std::filesystem::path
  temporary_parent(const std::string& parent);

  [[nodiscard]] const std::filesystem::path& path() const {
    return path_;
  }

  [[nodiscard]] const account& server() const {
    return server_;
  }

  [[nodiscard]] std::filesystem::path file(const char* name) const {
    return path_ / name;
  }

  // -- data -------------------------------------------------------------------

  /// The major version of data/; 0: there is none yet. Fails if data/ is there
  /// but damaged.
  [[nodiscard]] result<int> data_version() const;

  /// Removes what is left of an initdb that was interrupted and makes an empty
  /// data.new/. Must be called under the start lock.
  [[nodiscard]] result<std::filesystem::path> begin_data() const;

  /// Turns data.new/ into data/, in one step that survives a power failure.
  [[nodiscard]] result<void> finish_data() const;

  // -- files ------------------------------------------------------------------

  /// Replaces a file; the server's account may read it.
  [[nodiscard]] result<void> write(const char* name,
                                   const std::string& text) const;

  /// Opens a new log if the present one is large; the server appends to it.
  [[nodiscard]] result<void> prepare_log() const;

  /// The last lines of what was logged after `offset`.
  [[nodiscard]] std::string log_tail(std::uintmax_t offset) const;
  [[nodiscard]] std::uintmax_t log_size() const;

  /// The folder of the socket, made if need be: socket/, or one with a short
  /// path if a socket in there would have a path above the system's limit.
  [[nodiscard]] result<std::filesystem::path> socket_folder() const;

  /// Removes the socket's folder if it stands outside of this folder.
  void remove_outer_socket_folder() const;

  /// Removes the folder and all in it.
  [[nodiscard]] result<void> remove() const;

private:
  server_folder(std::filesystem::path path, account server);

  [[nodiscard]] result<void> claim() const;
  [[nodiscard]] result<void> check_reach() const;
  [[nodiscard]] result<std::filesystem::path> outer_socket_folder() const;

  std::filesystem::path path_;
  account server_;
};

/// A lock on a file, held through an open descriptor: it is gone as soon as the
/// last process that has it open ends, however it ends.
class file_lock {
public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&& other) noexcept;
  ~file_lock();

  enum class mode { shared, exclusive };

  /// Waits for the lock until the deadline; fails with `errc::timeout` then.
  [[nodiscard]] static result<file_lock>
  acquire(const std::filesystem::path& file, mode how,
          std::chrono::steady_clock::time_point deadline);

  /// Makes a shared lock exclusive if nobody else has it. Otherwise it is lost
  /// (flock has it so) until `share` takes it again.
  [[nodiscard]] bool try_exclusive();

  /// Makes the lock a shared one again.
  void share();

  void release();

  [[nodiscard]] bool held() const {
    return fd_ >= 0;
  }

  [[nodiscard]] int fd() const {
    return fd_;
  }

private:
  int fd_ = -1;
};

} // namespace es::store

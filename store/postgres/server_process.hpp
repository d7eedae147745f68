#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/postmaster_file.hpp"
#include "eventsource/store/postgres/server_binaries.hpp"
#include "eventsource/store/postgres/server_folder.hpp"

#include <chrono>
#include <string>

/// The steps of a private server's life. All must be called under the folder's
/// start lock. Private to store/postgres/.
namespace es::store {

using deadline_point = std::chrono::steady_clock::time_point;

/// The milliseconds until then, at least one.
[[nodiscard]] std::chrono::milliseconds left_until(deadline_point deadline);

/// Runs initdb and makes the database, in data.new/, which then becomes data/.
/// The programs keep `lock_fd` open, so that nobody wipes what they are still
/// writing after this process was killed.
[[nodiscard]] result<void> make_data(const server_folder& folder,
                                     const server_binaries& binaries,
                                     bool temporary, int lock_fd,
                                     deadline_point deadline);

/// Writes postgresql.conf, pg_hba.conf and pg_ident.conf.
[[nodiscard]] result<void>
write_configuration(const server_folder& folder,
                    const local_server_options& options,
                    const std::filesystem::path& socket_folder);

/// Whether the server of this folder runs, ready or not.
[[nodiscard]] bool server_runs(const server_folder& folder);

/// Waits until the running server accepts connections.
[[nodiscard]] result<postmaster_file> await_ready(const server_folder& folder,
                                                  deadline_point deadline);

/// Removes what a server that was killed left behind and what would keep the
/// next one from starting, after the last of its processes has gone.
/// `alone` says that no other program claims the server.
[[nodiscard]] result<void> repair(const server_folder& folder, bool alone,
                                  deadline_point deadline);

/// Starts the server and waits until it is ready.
[[nodiscard]] result<void> start_server(const server_folder& folder,
                                        const server_binaries& binaries,
                                        deadline_point deadline);

/// Stops the server and waits until it is gone.
[[nodiscard]] result<void> stop_server(const server_folder& folder,
                                       const server_binaries& binaries,
                                       local_server::stop_mode mode,
                                       std::chrono::milliseconds timeout);

} // namespace es::store

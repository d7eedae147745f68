#pragma once

#include "eventsource/store/postgres/server_folder.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace es::store {

/// What postmaster.pid in data/ says.
struct postmaster_file {
  pid_t pid = 0;
  std::string socket_folder;
  /// The System V segment that keeps two servers apart; -1: not known.
  int shared_memory_id = -1;
  bool ready = false;
};

[[nodiscard]] std::optional<postmaster_file>
read_postmaster_file(const server_folder& folder);

/// Whether the process is the server of this folder. After a crash the same
/// number may belong to a program that has nothing to do with it.
[[nodiscard]] bool is_server_of(const server_folder& folder, pid_t pid);

} // namespace es::store

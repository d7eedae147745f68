#pragma once

#include "eventsource/domain/error.hpp"

#include <filesystem>
#include <string>

namespace es::store {

/// An installation of PostgreSQL's server programs: `initdb`, `pg_ctl` and
/// `postgres` in one folder.
struct server_binaries {
  std::filesystem::path folder;
  /// The major version, such as 15.
  int major = 0;

  [[nodiscard]] std::string program(const char* name) const {
    return (folder / name).string();
  }
};

/// Chooses an installation: `bin_dir` if it is not empty, else the newest one
/// in the distributions' versioned folders, else the one that `pg_config
/// --bindir` points to, else one in PATH. A data folder can be opened by its
/// own major version only, which is given as `wanted_major`; 0: any from 13.
/// Errors name the package to install.
[[nodiscard]] result<server_binaries>
find_server_binaries(const std::string& bin_dir, int wanted_major = 0);

} // namespace es::store

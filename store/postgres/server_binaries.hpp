#pragma once

#include "eventsource/domain/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

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

/// All installations that are found: where `pg_config --bindir` points, the
/// distributions' versioned folders, and the folders of PATH; newest first.
[[nodiscard]] std::vector<server_binaries> installed_server_binaries();

/// Chooses an installation. `bin_dir` (empty: find one) is taken as it is. A
/// data folder can be opened by its own major version only, which is given as
/// `wanted_major`; 0: the newest. Errors name the package to install.
[[nodiscard]] result<server_binaries>
find_server_binaries(const std::string& bin_dir, int wanted_major = 0);

} // namespace es::store

#include "eventsource/store/postgres/server_binaries.hpp"

#include "eventsource/store/postgres/process.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace es::store {

namespace fs = std::filesystem;

namespace {

constexpr int oldest_major = 13;

constexpr const char* programs[] = {"initdb", "pg_ctl", "postgres"};

/// The first program that is not there; nullptr if all are.
const char* missing_program(const fs::path& folder) {
  for (auto name : programs)
    if (::access((folder / name).c_str(), X_OK) != 0)
      return name;
  return nullptr;
}

/// 15 for "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)".
int major_of(const fs::path& folder) {
  auto outcome = run_process({
    .arguments = {(folder / "postgres").string(), "--version"},
    .run_as = account_of(::geteuid()),
    .timeout = std::chrono::seconds(10),
  });
  if (!outcome || !outcome->ok())
    return 0;
  constexpr std::string_view before = "(PostgreSQL) ";
  auto at = outcome->output.find(before);
  if (at == std::string::npos)
    return 0;
  int major = 0;
  auto begin = outcome->output.data() + at + before.size();
  std::from_chars(begin, outcome->output.data() + outcome->output.size(),
                  major);
  return major;
}

std::optional<server_binaries> look_at(const fs::path& folder) {
  if (missing_program(folder))
    return std::nullopt;
  std::error_code ignored;
  auto real = fs::canonical(folder, ignored);
  auto major = major_of(real);
  if (major == 0)
    return std::nullopt;
  return server_binaries{real, major};
}

std::vector<fs::path> folders_of_path() {
  std::vector<fs::path> out;
  auto variable = std::getenv("PATH");
  std::string_view rest = variable ? variable : "/usr/bin:/bin";
  while (!rest.empty()) {
    auto end = std::min(rest.find(':'), rest.size());
    if (end > 0 && rest.front() == '/')
      out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

/// Where `pg_config` says that the programs are. It may belong to the client's
/// development package alone, so its answer is a candidate, no more.
std::vector<fs::path> folders_of_pg_config() {
  std::vector<fs::path> out;
  for (const auto& folder : folders_of_path()) {
    auto program = folder / "pg_config";
    if (::access(program.c_str(), X_OK) != 0)
      continue;
    auto outcome = run_process({
      .arguments = {program.string(), "--bindir"},
      .run_as = account_of(::geteuid()),
      .timeout = std::chrono::seconds(10),
    });
    if (!outcome || !outcome->ok())
      continue;
    auto text = outcome->output;
    text.erase(text.find_last_not_of(" \r\n") + 1);
    if (!text.empty() && text.front() == '/')
      out.emplace_back(text);
  }
  return out;
}

/// Debian: /usr/lib/postgresql/15/bin; Red Hat: /usr/pgsql-15/bin.
std::vector<fs::path> versioned_folders() {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator i("/usr/lib/postgresql", failed), end;
       !failed && i != end; i.increment(failed))
    out.push_back(i->path() / "bin");
  failed.clear();
  for (fs::directory_iterator i("/usr", failed), end; !failed && i != end;
       i.increment(failed))
    if (i->path().filename().string().starts_with("pgsql-"))
      out.push_back(i->path() / "bin");
  return out;
}

std::string how_to_install(int major) {
  auto package = major == 0 ? std::string("postgresql")
                            : "postgresql-" + std::to_string(major);
  return "install the package " + package + " (Debian: apt-get install "
         + package
         + "), set embedded.bin_dir to the folder of initdb, or name a server "
           "in store.dsn or EVENTSOURCE_DSN";
}

result<server_binaries> given_folder(const std::string& bin_dir,
                                     int wanted_major) {
  if (auto name = missing_program(bin_dir))
    return fail(errc::unavailable,
                "embedded.bin_dir is " + bin_dir
                  + ", but there is no executable `" + name
                  + "` in it; give the folder of PostgreSQL's server programs "
                    "(Debian: /usr/lib/postgresql/<version>/bin) or leave the "
                    "key empty to have it found");
  auto found = look_at(bin_dir);
  if (!found)
    return fail(errc::unavailable,
                "embedded.bin_dir is " + bin_dir
                  + ", but `postgres --version` in it gives no version");
  if (wanted_major != 0 && found->major != wanted_major)
    return fail(
      errc::unavailable,
      "the data folder was made by PostgreSQL " + std::to_string(wanted_major)
        + ", but the programs in embedded.bin_dir (" + bin_dir
        + ") are of version " + std::to_string(found->major)
        + "; set it to the programs of version " + std::to_string(wanted_major)
        + ", convert the folder with pg_upgrade, or choose another "
          "embedded.data_dir");
  return *found;
}

/// The installations in these folders, newest first.
std::vector<server_binaries> look_into(const std::vector<fs::path>& folders) {
  std::vector<server_binaries> out;
  for (const auto& folder : folders)
    if (auto found = look_at(folder))
      out.push_back(*found);
  std::stable_sort(out.begin(), out.end(), [](const auto& x, const auto& y) {
    return x.major > y.major;
  });
  return out;
}

const server_binaries* suitable(const std::vector<server_binaries>& all,
                                int wanted_major) {
  for (const auto& one : all)
    if (wanted_major == 0 ? one.major >= oldest_major
                          : one.major == wanted_major)
      return &one;
  return nullptr;
}

} // namespace

result<server_binaries> find_server_binaries(const std::string& bin_dir,
                                             int wanted_major) {
  if (!bin_dir.empty())
    return given_folder(bin_dir, wanted_major);
  // Asking every candidate for its version takes time: the usual place first.
  std::vector<server_binaries> all;
  for (auto folders :
       {versioned_folders, folders_of_pg_config, folders_of_path}) {
    auto found = look_into(folders());
    if (auto one = suitable(found, wanted_major))
      return *one;
    all.insert(all.end(), found.begin(), found.end());
  }
  if (wanted_major != 0) {
    auto instead =
      all.empty() ? std::string("no version is installed")
                  : "installed is version " + std::to_string(all.front().major);
    return fail(errc::unavailable,
                "the data folder was made by PostgreSQL "
                  + std::to_string(wanted_major) + ", but " + instead + "; "
                  + how_to_install(wanted_major)
                  + "; or convert the folder with pg_upgrade");
  }
  if (!all.empty())
    return fail(errc::unavailable,
                "PostgreSQL " + std::to_string(all.front().major) + " in "
                  + all.front().folder.string() + " is too old, version "
                  + std::to_string(oldest_major) + " is needed; "
                  + how_to_install(0));
  return fail(errc::unavailable,
              "no PostgreSQL server programs (initdb, pg_ctl, postgres) are "
              "installed; looked where pg_config points, in "
              "/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin and PATH; "
                + how_to_install(0));
}

} // namespace es::store

#pragma once

#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/process.hpp"
#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace es::testing {

/// A streaming standby of a private server, made by pg_basebackup; on a Unix
/// socket only, stopped at the end.
class standby_server {
public:
  /// In `folder`, which does not exist yet. Returns when the standby takes part
  /// in every commit of the primary.
  standby_server(const store::local_server& primary,
                 const std::filesystem::path& folder)
    : account_(must(store::server_account())), programs_(primary.bin_dir()),
      folder_(folder) {
    std::filesystem::create_directories(folder_);
    for (const auto& each : {folder_, folder_ / "socket"}) {
      std::filesystem::create_directories(each);
      if (::geteuid() == 0
          && ::chown(each.c_str(), account_.uid, account_.gid) != 0)
        throw std::runtime_error("the standby's folder can't be given away");
      ::chmod(each.c_str(), 0700);
    }
    run({programs_ + "/pg_basebackup", "-d", primary.dsn(), "-D", data(), "-R",
         "-X", "stream", "-c", "fast", "--no-sync"});
    configure(primary.data_dir());
    // No pg_ctl: the server must not outlive the test, however that ends.
    server_.emplace(
      account_, std::vector<std::string>{programs_ + "/postgres", "-D", data()},
      SIGQUIT);
    observer link{primary.dsn()};
    // Not before: without a standby the primary would wait for one for ever.
    link.script("ALTER SYSTEM SET synchronous_standby_names = '*'");
    link.run("SELECT pg_reload_conf()");
    if (!eventually([&] {
          return link.value("SELECT count(*) FROM pg_stat_replication WHERE "
                            "sync_state = 'sync'")
                 == "1";
        }))
      throw std::runtime_error("the standby does not follow");
  }

  standby_server(const standby_server&) = delete;
  standby_server& operator=(const standby_server&) = delete;

  [[nodiscard]] std::string socket_folder() const {
    return (folder_ / "socket").string();
  }
  [[nodiscard]] std::string dsn() const {
    return "host='" + socket_folder()
           + "' port=5432 user=eventsource dbname=eventsource";
  }

  /// Makes it the primary.
  void promote() {
    run({programs_ + "/pg_ctl", "promote", "-D", data(), "-w", "-t", "60"});
  }

private:
  [[nodiscard]] std::string data() const {
    return (folder_ / "data").string();
  }

  void run(std::vector<std::string> arguments) {
    const auto name = arguments.front();
    auto outcome = must(store::run_process(
      {.arguments = std::move(arguments), .run_as = account_}));
    if (!outcome.ok())
      throw std::runtime_error(name + ": " + outcome.output);
  }

  void configure(const std::string& primary_folder) const {
    // The copy's own was never used: the primary's stands outside of its data.
    std::ofstream out{std::filesystem::path{data()} / "postgresql.conf",
                      std::ios::trunc};
    out << "listen_addresses = ''\n"
        << "port = 5432\n"
        << "unix_socket_directories = '" << socket_folder() << "'\n"
        << "hba_file = '" << primary_folder << "/pg_hba.conf'\n"
        << "ident_file = '" << primary_folder << "/pg_ident.conf'\n"
        << "max_connections = 50\n"
        << "shared_buffers = 32MB\n"
        << "logging_collector = on\n"
        << "fsync = off\n"
        << "jit = off\n";
  }

  store::account account_;
  std::string programs_;
  std::filesystem::path folder_;
  std::optional<child_program> server_;
};

} // namespace es::testing

#pragma once

#include "eventsource/store/postgres/process.hpp"
#include "eventsource/store/postgres/server_binaries.hpp"
#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/kit/free_port.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace es::testing {

/// A PostgreSQL server that is reached over TCP on the loopback and with TLS
/// only. Not the private server, which has a Unix socket only, where libpq uses
/// no TLS. Its certificate is a self-signed one for "localhost".
class tls_server {
public:
  tls_server() : account_(must(store::server_account())), port_(free_port()) {
    const auto programs = must(store::find_server_binaries(""));
    make_certificate("server", "localhost");
    make_certificate("stranger", "localhost");
    give_away(folder_.path());
    give_away(folder_ / "server.key");
    run({programs.program("initdb"), "-D", data(), "-U", "eventsource", "-A",
         "trust", "-E", "UTF8", "--no-locale", "--no-sync"},
        account_);
    configure();
    server_.emplace(
      account_,
      std::vector<std::string>{programs.program("postgres"), "-D", data()},
      SIGQUIT);
    if (!eventually([this] { return !server_->runs() || answers(); })
        || !server_->runs())
      throw std::runtime_error("the server with TLS does not start");
  }

  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;

  /// To `host`, which is looked up nowhere, with these settings of libpq.
  [[nodiscard]] std::string dsn(const std::string& host,
                                const std::string& settings) const {
    return "host=" + host + " hostaddr=127.0.0.1 port=" + std::to_string(port_)
           + " user=eventsource dbname=postgres " + settings;
  }

  /// The root that its certificate comes from: itself.
  [[nodiscard]] std::string root() const {
    return (folder_ / "server.crt").string();
  }
  /// Another one of the same name.
  [[nodiscard]] std::string wrong_root() const {
    return (folder_ / "stranger.crt").string();
  }

private:
  [[nodiscard]] std::string data() const {
    return (folder_ / "data").string();
  }

  static void run(std::vector<std::string> arguments,
                  const store::account& as) {
    const auto name = arguments.front();
    auto outcome = must(
      store::run_process({.arguments = std::move(arguments), .run_as = as}));
    if (!outcome.ok())
      throw std::runtime_error(name + ": " + outcome.output);
  }

  /// `name`.crt and `name`.key, valid for two days.
  void make_certificate(const std::string& name, const std::string& host) {
    run({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=" + host, "-addext", "subjectAltName=DNS:" + host, "-out",
         (folder_ / (name + ".crt").c_str()).string(), "-keyout",
         (folder_ / (name + ".key").c_str()).string()},
        store::account_of(::geteuid()));
    ::chmod((folder_ / (name + ".crt").c_str()).c_str(), 0644);
  }

  /// The server takes no key that others can read, and root can't be it.
  void give_away(const std::filesystem::path& path) const {
    if (::geteuid() == 0
        && ::chown(path.c_str(), account_.uid, account_.gid) != 0)
      throw std::runtime_error(path.string() + " can't be given away");
  }

  void configure() const {
    const std::filesystem::path folder{data()};
    std::ofstream{folder / "postgresql.conf", std::ios::app}
      << "listen_addresses = '127.0.0.1'\n"
      << "port = " << port_ << "\n"
      << "unix_socket_directories = ''\n"
      << "ssl = on\n"
      << "ssl_cert_file = '" << root() << "'\n"
      << "ssl_key_file = '" << (folder_ / "server.key").string() << "'\n"
      << "max_connections = 20\n"
      << "shared_buffers = 16MB\n"
      << "fsync = off\n"
      << "logging_collector = on\n"; // else it writes among the test's lines
    std::ofstream{folder / "pg_hba.conf", std::ios::trunc}
      << "hostssl all all 127.0.0.1/32 trust\n";
  }

  [[nodiscard]] bool answers() const {
    try {
      observer{dsn("localhost", "sslmode=require")};
      return true;
    } catch (const std::exception&) {
      return false; // not yet
    }
  }

  scratch_folder folder_;
  store::account account_;
  int port_;
  std::optional<child_program> server_;
};

} // namespace es::testing

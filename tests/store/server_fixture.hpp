#pragma once

#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

// libpqxx 6.4 loses one small object whenever it finds a connection broken. The
// leak checker of a sanitized build reads this by its name.
extern "C" __attribute__((used)) inline const char*
// NOLINTNEXTLINE(bugprone-reserved-identifier)
__lsan_default_suppressions() {
  return "leak:libpqxx-6\n";
}

/// Databases for tests: one server a test program, made when the first test
/// asks for it, and a fresh database for each test.
namespace es::testing {

namespace pg = es::store::postgres;

/// Takes the value, or fails the test with the error's words.
template <class T>
T must(es::result<T> outcome) {
  if (!outcome)
    throw std::runtime_error(es::to_string(outcome.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

/// A private temporary server, which stops when the program ends. Never one
/// that the environment names: tests alter roles and databases.
inline const std::string& server_dsn() {
  static const auto server = [] {
    store::local_server_options options;
    options.temporary = true;
    // Nothing here outlives the power.
    options.server_settings = {{"fsync", "off"}};
    return must(store::local_server::start(std::move(options)));
  }();
  return server.dsn();
}

/// The same connection string with a setting that wins over what it says.
inline std::string with_setting(std::string dsn, const std::string& name,
                                const std::string& value) {
  const bool is_uri = dsn.find("://") != std::string::npos;
  if (is_uri)
    dsn += dsn.find('?') == std::string::npos ? "?" : "&";
  else
    dsn += " ";
  return dsn + name + "=" + value;
}

/// A connection beside the store's, to look at the tables and to disturb.
class observer {
public:
  explicit observer(const std::string& dsn,
                    const store::table_names& names = {})
    : texts_{{names, pg::dialect_of(pg::server_kind::postgresql)},
             {names, pg::dialect_of(pg::server_kind::cockroachdb)}},
      link_(dsn, pg::session_options{}, texts_) {
    // nop
  }

  pg::rows run(const std::string& sql, const pg::parameters& values = {}) {
    return link_.run_once({"test", sql}, values);
  }
  void script(const std::string& sql) {
    link_.run_script({"test", sql});
  }
  /// The first column of the first row.
  std::string value(const std::string& sql, const pg::parameters& values = {}) {
    return std::string(run(sql, values).text(0, 0));
  }
  /// Ends all sessions of this database but one's own.
  void end_other_sessions() {
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
  pg::connection& link() {
    return link_;
  }

private:
  std::vector<pg::sql_text> texts_;
  pg::connection link_;
};

/// A database of its own; gone at the end.
class test_database {
public:
  /// A copy of `model`, to which nobody is connected; empty if that is empty.
  explicit test_database(const std::string& model = {}) {
    static int made = 0;
    name_ =
      "es_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
    observer{server_dsn()}.script(
      "CREATE DATABASE " + name_
      + (model.empty() ? std::string{} : " TEMPLATE " + model));
    settings_.dsn = with_setting(server_dsn(), "dbname", name_);
  }

  test_database(const test_database&) = delete;
  test_database& operator=(const test_database&) = delete;

  ~test_database() {
    try {
      observer{server_dsn()}.script("DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
      // The server's folder goes anyway.
    }
  }

  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  /// May be changed before the store is opened.
  [[nodiscard]] store::postgres_settings& settings() noexcept {
    return settings_;
  }

  void migrate() {
    must(must(store::migrator::open(settings_)).apply());
  }
  /// A store on the migrated database.
  [[nodiscard]] std::shared_ptr<store::event_store> open() {
    migrate();
    return must(store::postgres_store::open(settings_));
  }
  [[nodiscard]] observer observe() {
    return observer{settings_.dsn, settings_.tables};
  }

private:
  std::string name_;
  store::postgres_settings settings_;
};

} // namespace es::testing

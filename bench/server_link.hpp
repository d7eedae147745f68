#pragma once

#include "eventsource/bench/scenario.hpp"

#include <cstddef>
#include <functional>
#include <libpq-fe.h>
#include <string>
#include <vector>

namespace es_bench {

[[noreturn]] inline void give_up(PGconn* link, const char* doing) {
  std::string message{PQerrorMessage(link)};
  // libpq ends its lines itself.
  while (message.ends_with('\n'))
    message.pop_back();
  give_up(std::string{doing} + ": " + message);
}

/// One connection, and the few calls that a loop written by hand needs.
class server_link {
public:
  explicit server_link(const std::string& dsn)
    : raw_(PQconnectdb(dsn.c_str())) {
    if (PQstatus(raw_) != CONNECTION_OK)
      give_up(raw_, "connecting");
    // Text in arrays and COPY is the same in every locale.
    run("SET client_encoding TO 'UTF8'");
  }
  ~server_link() {
    PQfinish(raw_);
  }
  server_link(const server_link&) = delete;
  server_link& operator=(const server_link&) = delete;

  void run(const char* sql) {
    take(PQexec(raw_, sql), sql);
  }

  void prepare(const char* name, const char* sql) {
    take(PQprepare(raw_, name, sql, 0, nullptr), name);
  }

  /// Gives the number of rows that came back; `look` sees them.
  std::size_t execute(
    const char* name, const std::vector<std::string>& arguments,
    const std::function<void(const PGresult*)>& look = [](const PGresult*) {}) {
    std::vector<const char*> values;
    values.reserve(arguments.size());
    for (const auto& argument : arguments)
      values.push_back(argument.c_str());
    auto* answer = PQexecPrepared(raw_, name, static_cast<int>(values.size()),
                                  values.data(), nullptr, nullptr, 0);
    look(answer);
    return take(answer, name);
  }

  void copy(const char* sql, const std::string& rows) {
    auto* started = PQexec(raw_, sql);
    if (PQresultStatus(started) != PGRES_COPY_IN)
      give_up(raw_, sql);
    PQclear(started);
    if (PQputCopyData(raw_, rows.data(), static_cast<int>(rows.size())) != 1
        || PQputCopyEnd(raw_, nullptr) != 1)
      give_up(raw_, sql);
    while (auto* ended = PQgetResult(raw_))
      take(ended, sql);
  }

private:
  std::size_t take(PGresult* answer, const char* doing) {
    auto status = PQresultStatus(answer);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      give_up(raw_, doing);
    auto rows = static_cast<std::size_t>(PQntuples(answer));
    PQclear(answer);
    return rows;
  }

  PGconn* raw_;
};

} // namespace es_bench

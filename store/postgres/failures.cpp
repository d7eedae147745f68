#include "eventsource/store/postgres/failures.hpp"

#include "eventsource/store/postgres/sqlstate.hpp"

#include <algorithm>
#include <string>

namespace es::store::postgres {

namespace {

std::string_view advice_for(errc code, std::string_view sqlstate) {
  if (sqlstate == "53100")
    return "Free disk space on the server; nothing was changed.";
  if (sqlstate == "42501")
    return "Grant the role what sql/roles/application.sql lists.";
  if (sqlstate == query_canceled)
    return "Look for what holds the lock, or raise store.statement_timeout.";
  switch (code) {
    case errc::schema_mismatch:
      return "Bring the tables up to date with `esctl migrate`.";
    case errc::unavailable:
      return "Nothing was changed; try again later.";
    case errc::corrupt:
      return "Have the server's storage looked at before writing again.";
    default:
      return "";
  }
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The server's words without the excerpt of the statement and its caret.
std::string in_one_line(std::string_view words) {
  std::string result;
  bool in_excerpt = false;
  while (!words.empty()) {
    const auto end = words.find('\n');
    auto line = words.substr(0, end);
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
    if (line.starts_with("LINE ")) {
      in_excerpt = true;
      continue;
    }
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line == "^" && in_excerpt)
      continue;
    if (line.starts_with("ERROR:  ") || line.starts_with("FATAL:  "))
      line.remove_prefix(8);
    if (!result.empty() && !line.empty())
      result += "; ";
    result += line;
  }
  while (result.ends_with('.'))
    result.pop_back();
  return result;
}

} // namespace

error to_error(const database_error& e, std::string_view where) {
  return to_error(e, where, lookup_sqlstate(e.sqlstate()).means);
}

error to_error(const database_error& e, std::string_view where, errc code) {
  std::string message{lookup_sqlstate(e.sqlstate()).name};
  if (!e.sqlstate().empty())
    message += " (" + e.sqlstate() + ")";
  message += " in statement " + e.statement();
  if (!where.empty())
    message += ", " + std::string(where);
  message += ": " + in_one_line(e.message());
  if (auto advice = advice_for(code, e.sqlstate()); !advice.empty())
    message += ". " + std::string(advice);
  return {code, std::move(message)};
}

error to_connect_error(const database_error& e, std::string_view place) {
  const auto& words = e.message();
  std::string_view advice =
    "Check that the server runs and that the connection string (store.dsn or "
    "EVENTSOURCE_DSN) leads to it.";
  // libpq gives no SQLSTATE for a connection that failed, only words.
  if (contains(words, "password") || contains(words, "authentication"))
    advice = "Check user and password in the connection string (store.dsn or "
             "EVENTSOURCE_DSN) and the server's pg_hba.conf.";
  else if (contains(words, "certificate"))
    advice =
      "Check sslmode and sslrootcert in the connection string (store.dsn "
      "or EVENTSOURCE_DSN): the server's certificate has to come from "
      "that root and, for verify-full, to bear the host's name.";
  else if (contains(words, "database") && contains(words, "does not exist"))
    advice = "Create the database, then run `esctl migrate`, or name another "
             "one in the connection string (store.dsn or EVENTSOURCE_DSN).";
  else if (contains(words, "too many"))
    advice = "Raise the server's max_connections or lower "
             "store.connections_max.";
  else if (contains(words, "older than PostgreSQL"))
    advice = "Upgrade the server.";
  return {errc::unavailable, "can't connect to " + std::string(place) + ": "
                               + in_one_line(words) + ". "
                               + std::string(advice)};
}

} // namespace es::store::postgres

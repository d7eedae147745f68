#include "eventsource/store/postgres/libpq_calls.hpp"

#include "eventsource/store/postgres/pqxx_compat.hpp"

namespace es::store::postgres::libpq {

namespace {

[[noreturn]] void give_up(PGconn* link) {
  throw pqxx::broken_connection{PQerrorMessage(link)};
}

/// libpqxx leaves the end of a COPY unread, which its own calls pass over.
void pass_over_rest(PGconn* link) {
  while (auto* rest = PQgetResult(link))
    PQclear(rest);
}

} // namespace

void prepare(PGconn* link, const std::string& name, const std::string& sql) {
  pass_over_rest(link);
  if (PQsendPrepare(link, name.c_str(), sql.c_str(), 0, nullptr) == 0)
    give_up(link);
  static_cast<void>(take_answer(link));
}

void send(PGconn* link, const char* sql) {
  pass_over_rest(link);
  if (PQsendQuery(link, sql) == 0)
    give_up(link);
}

void send(PGconn* link, const std::string& name,
          const std::vector<std::optional<std::string>>& values, bool binary) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const auto& value : values)
    texts.push_back(value ? value->c_str() : nullptr);
  std::vector<int> lengths;
  std::vector<int> formats;
  if (binary) {
    lengths.reserve(values.size());
    for (const auto& value : values)
      lengths.push_back(static_cast<int>(value->size()));
    formats.assign(values.size(), 1);
  }
  pass_over_rest(link);
  if (PQsendQueryPrepared(link, name.c_str(), static_cast<int>(texts.size()),
                          texts.data(), lengths.data(), formats.data(), 0)
      == 0)
    give_up(link);
}

answer take_answer(PGconn* link) {
  // The last one counts: a statement that is a transaction of its own has rows
  // before it has committed, and may fail after them.
  std::shared_ptr<PGresult> last;
  while (auto* next = PQgetResult(link)) {
    last = {next, &PQclear};
    if (PQstatus(link) != CONNECTION_OK)
      break;
  }
  const auto status = PQresultStatus(last.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
    return last;
  const char* sqlstate = PQresultErrorField(last.get(), PG_DIAG_SQLSTATE);
  if (!sqlstate)
    give_up(link);
  throw pqxx::sql_error{PQresultErrorMessage(last.get()), "", sqlstate};
}

} // namespace es::store::postgres::libpq

#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/server_link.hpp"
#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/store/projection_rebuild.hpp"

#include <fmt/format.h>

#include <chrono>

namespace es_bench {

namespace {

using clock = std::chrono::steady_clock;
using es::store::projection_rebuild;

/// Tables of its own: events of other scenarios would have to be read past.
constexpr const char* schema = "es_rebuild";
constexpr const char* rows_schema = "es_rebuild_rows";

template <class T>
T must(es::result<T> outcome) {
  if (!outcome)
    give_up("rebuilding: " + to_string(outcome.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

void drop_schemas(server_link& link) {
  link.run("SET client_min_messages TO warning");
  link.run(
    fmt::format("DROP SCHEMA IF EXISTS {}, {} CASCADE", schema, rows_schema)
      .c_str());
}

/// Every organization is registered, and each tenth renamed later, so that
/// there are more events than rows.
void write_events(server_link& link, std::size_t organizations) {
  const auto insert = [&](const char* type, int version, const char* data,
                          const char* which) {
    link.run(
      fmt::format(
        "INSERT INTO {}.events (id, type, occurred_at, registered_at, "
        "aggregate_id, aggregate_type, aggregate_version, data, metadata) "
        "SELECT 'evt_{}' || lpad(CAST(i AS TEXT), 26, '0'), '{}', now(), "
        "now(), 'org_' || lpad(CAST(i * 7919 % {} AS TEXT), 27, '0'), "
        "'organization', {}, {}, '{{\"actor\":\"bench\"}}' FROM "
        "generate_series(1, {}) AS i WHERE {}",
        schema, version, type, organizations, version, data, organizations,
        which)
        .c_str());
  };
  insert("organization_registered", 1,
         "jsonb_build_object('name', 'Organization ' || i || ' Trading Ltd', "
         "'registration_number', 'MA-L ' || i, 'country', 'FR')",
         "TRUE");
  insert("organization_renamed", 2,
         "jsonb_build_object('name', 'Company ' || i || ' Holding Inc')",
         "i % 10 = 0");
}

/// The rows as COPY reads them, and an empty table like the projection's.
std::string rows_by_hand(const std::string& dsn) {
  auto* raw = PQconnectdb(dsn.c_str());
  auto* answer = PQexec(
    raw, fmt::format("SELECT id, name FROM {}.organization_names", rows_schema)
           .c_str());
  if (PQresultStatus(answer) != PGRES_TUPLES_OK)
    give_up(raw, "reading the rows");
  std::string rows;
  for (int i = 0; i < PQntuples(answer); ++i)
    rows += fmt::format("{}\t{}\n", PQgetvalue(answer, i, 0),
                        PQgetvalue(answer, i, 1));
  PQclear(answer);
  PQfinish(raw);
  return rows;
}

double copy_seconds(server_link& link, const std::string& rows) {
  link.run(fmt::format("DROP TABLE IF EXISTS {0}.by_hand; CREATE TABLE "
                       "{0}.by_hand (LIKE {0}.organization_names INCLUDING "
                       "ALL); CHECKPOINT",
                       rows_schema)
             .c_str());
  const auto start = clock::now();
  link.copy(
    fmt::format("COPY {}.by_hand (id, name) FROM STDIN", rows_schema).c_str(),
    rows);
  return seconds_since(start);
}

double rebuild_seconds(es::store::event_store& store) {
  const auto start = clock::now();
  auto rebuild = must(projection_rebuild::begin(
    store, es::reference::organization_names(), {.owner = "bench"}));
  while (!must(rebuild.step()).finished) {
    // One page further.
  }
  return seconds_since(start);
}

} // namespace

measurement rebuild(const run_options& how) {
  const auto organizations = scaled(how, 200'000, 20'000);
  measurement result{"rebuild", 0, 0, "rows/s", 0.60, true, {}};
  server_link link{how.dsn};
  drop_schemas(link);
  es::store::postgres_settings where;
  where.dsn = how.dsn;
  where.tables.schema = schema;
  where.tables.projection_schema = rows_schema;
  must(must(es::store::migrator::open(where)).apply());
  auto store = must(es::store::postgres_store::open(where));
  write_events(link, organizations);
  link.run(fmt::format("VACUUM (ANALYZE) {}.events", schema).c_str());
  // Once for the rows that the hand copies.
  (void)rebuild_seconds(*store);
  const auto rows = rows_by_hand(how.dsn);
  const auto repeat = [&](std::chrono::duration<double> time, auto once) {
    std::vector<double> rates;
    const auto end = clock::now() + time;
    do
      rates.push_back(static_cast<double>(organizations) / once());
    while (clock::now() < end);
    return median(std::move(rates));
  };
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      return repeat(time, [&] {
        link.run("CHECKPOINT");
        return rebuild_seconds(*store);
      });
    },
    [&](std::chrono::duration<double> time) {
      return repeat(time, [&] { return copy_seconds(link, rows); });
    });
  result.remarks = fmt::format(
    "{} rows of {} events, {:.1f} s a rebuild; the yardstick COPYs the same "
    "rows, which it has in memory, into a table with the same indexes",
    organizations, organizations + organizations / 10,
    static_cast<double>(organizations) / result.runtime);
  store.reset();
  drop_schemas(link);
  return result;
}

} // namespace es_bench

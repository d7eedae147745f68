// The order of events across servers: transaction ids survive no dump.

#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

namespace log_epochs_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

constexpr auto in_order = "SELECT string_agg(aggregate_id || ':' || "
                          "aggregate_version, ' ' ORDER BY epoch, "
                          "transaction_id, position) FROM es.events";

void append(test_database& database, const std::string& id, version_t version) {
  auto store = must(postgres_store::open(database.settings()));
  const auto one = an_append(id, version);
  ES_REQUIRE(store->write({&one, 1}).front().ok());
}

bool is_refused(test_database& database) {
  const auto fine = must(migrator::open(database.settings())).check();
  if (fine)
    return false;
  ES_CHECK(fine.error().code == errc::schema_mismatch);
  ES_CHECK(fine.error().message.find("esctl migrate") != std::string::npos);
  return true;
}

} // namespace

ES_TEST("events that were there before have their place before all "
        "others, each aggregate's in the order of its versions") {
  test_database database;
  auto link = database.observe();
  link.script(R"(
    CREATE SCHEMA es;
    CREATE TABLE es.events (
      id varchar PRIMARY KEY, type varchar, occurred_at timestamptz,
      registered_at timestamptz, aggregate_id varchar, aggregate_type varchar,
      aggregate_version bigint, data jsonb, metadata jsonb,
      UNIQUE (aggregate_id, aggregate_version));
    INSERT INTO es.events (id, aggregate_id, aggregate_version, registered_at)
    VALUES
      ('5', 'b', 2, '2024-01-01T00:00:01Z'),
      ('1', 'a', 2, '2024-01-01T00:00:03Z'),
      ('3', 'a', 1, '2024-01-01T00:00:02Z'),
      ('2', 'b', 1, '2024-01-01T00:00:04Z'),
      ('4', 'c', 1, NULL),
      ('0', 'a', 3, NULL))");
  database.migrate();
  append(database, "b", 2);
  append(database, "d", 0);
  ES_CHECK_EQ(link.value(in_order), "a:1 a:2 a:3 b:1 b:2 c:1 b:3 d:1");
  ES_CHECK_EQ(link.value("SELECT count(*) FROM es.events WHERE epoch = 0"),
              "6");
}

ES_TEST("a database on another server begins a new epoch, once") {
  test_database database;
  database.migrate();
  append(database, "ldg_1", 0);
  ES_CHECK(!is_refused(database));
  auto link = database.observe();
  // As after a dump from a server that had seen more transactions.
  link.script("UPDATE es.epochs SET server = '1';"
              "UPDATE es.events SET transaction_id = '999999999999'");
  ES_CHECK(is_refused(database));
  database.migrate();
  database.migrate();
  ES_CHECK(!is_refused(database));
  ES_CHECK_EQ(link.value("SELECT max(epoch) FROM es.epochs"), "2");
  append(database, "ldg_1", 1);
  ES_CHECK_EQ(link.value(in_order), "ldg_1:1 ldg_1:2");
}

ES_TEST("a server that counts its transactions anew begins a new "
        "epoch") {
  test_database database;
  database.migrate();
  append(database, "ldg_1", 0);
  auto link = database.observe();
  link.script("UPDATE es.events SET transaction_id = '999999999999'");
  ES_CHECK(is_refused(database));
  database.migrate();
  ES_CHECK(!is_refused(database));
  append(database, "ldg_1", 1);
  ES_CHECK_EQ(link.value(in_order), "ldg_1:1 ldg_1:2");
}

ES_TEST("batches of all sizes take their places in the order of their "
        "versions") {
  test_database database;
  auto store = database.open();
  // Above this number rows are copied in.
  for (std::size_t count : {std::size_t{3}, std::size_t{2'000}}) {
    const auto id = "ldg_" + std::to_string(count);
    const auto one = an_append(id, 0, count);
    ES_REQUIRE(store->write({&one, 1}).front().ok());
    ES_CHECK_EQ(
      database.observe().value(
        "SELECT count(*) FROM (SELECT aggregate_version AS v, row_number() "
        "OVER (ORDER BY epoch, transaction_id, position) AS n FROM es.events "
        "WHERE aggregate_id = $1 AND epoch = 1) AS x WHERE v = n",
        {id}),
      std::to_string(count));
  }
}

} // namespace log_epochs_test

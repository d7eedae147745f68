#include "eventsource/store/postgres/migrator.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace migrator_test {

using namespace es::store;
using es::errc;
using es::testing::must;
using es::testing::test_database;
using state = migration_status::state;

namespace {

migrator migrations_of(test_database& database,
                       std::vector<migration> extra = {}) {
  return must(migrator::open(database.settings(), std::move(extra)));
}

bool refuses(const es::result<void>& outcome, std::string_view part) {
  return !outcome && outcome.error().code == errc::schema_mismatch
         && outcome.error().message.find(part) != std::string::npos;
}

std::size_t count(const std::vector<migration_status>& all, state what) {
  return static_cast<std::size_t>(std::count_if(
    all.begin(), all.end(), [&](const auto& x) { return x.what == what; }));
}

constexpr auto original_tables = R"(
  CREATE SCHEMA es;
  CREATE SCHEMA projection;
  CREATE TABLE es.events (
    id varchar PRIMARY KEY, type varchar, occurred_at timestamptz,
    registered_at timestamptz, aggregate_id varchar, aggregate_type varchar,
    aggregate_version bigint, data jsonb, metadata jsonb,
    UNIQUE (aggregate_id, aggregate_version));
  CREATE TABLE es.snapshots (
    aggregate_id varchar, aggregate_type varchar, aggregate_version bigint,
    taken_at timestamptz, registered_at timestamptz, data jsonb,
    PRIMARY KEY (aggregate_id, aggregate_version));
  CREATE TABLE projection.organizations (
    id varchar PRIMARY KEY, name varchar, registration_number varchar,
    vat_number varchar, vat_is_intra_com varchar, country varchar,
    created_by varchar, updated_at timestamptz, created_at timestamptz,
    version bigint, registered_at timestamptz);)";

/// As the original program appends: the nine columns, by their names.
void append_as_original(es::testing::observer& link, int version) {
  link.run(
    "INSERT INTO es.events (id, type, occurred_at, registered_at, "
    "aggregate_id, aggregate_type, aggregate_version, data, metadata) "
    "VALUES ($1, 'organization.renamed', '2024-05-01T12:00:00Z', now(), "
    "'org_1', 'organization', $2, '{\"name\": \"Old\"}', NULL)",
    {"evt_original_" + std::to_string(version), std::to_string(version)});
}

append_request append(es::version_t expected) {
  append_request result;
  result.aggregate_id = "org_1";
  result.aggregate_type = "organization";
  result.expected_version = expected;
  result.events.push_back({.id = "evt_ours_" + std::to_string(expected),
                           .type = "organization_renamed",
                           .data = "{}"});
  return result;
}

} // namespace

ES_TEST("the library's migrations count from one and have texts of their own") {
  const auto all = library_migrations();
  ES_REQUIRE(!all.empty());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ES_CHECK_EQ(all[i].number, static_cast<int>(i) + 1);
    ES_CHECK_EQ(all[i].component, std::string(library_component));
    ES_CHECK(!all[i].text.empty());
  }
}

ES_TEST("an empty database lacks everything until it is migrated, once") {
  test_database database;
  const auto migrations = migrations_of(database);
  const auto known = library_migrations().size();
  ES_CHECK(refuses(migrations.check(), "esctl migrate"));
  ES_CHECK_EQ(count(must(migrations.status()), state::pending), known);
  ES_CHECK_EQ(must(migrations.apply()).size(), known);
  ES_CHECK(migrations.check());
  const auto after = must(migrations.status());
  ES_CHECK_EQ(count(after, state::applied), known);
  ES_CHECK(after.front().applied_at.has_value());
  ES_CHECK_EQ(must(migrations.apply()).size(), 0u);
}

ES_TEST("asking for the status changes nothing") {
  test_database database;
  must(migrations_of(database).status());
  ES_CHECK_EQ(database.observe().value(
                "SELECT count(*) FROM pg_namespace WHERE nspname = 'es'"),
              "0");
}

ES_TEST("many nodes that migrate at once apply each migration once") {
  test_database database;
  std::atomic<std::size_t> applied{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> nodes;
  for (int i = 0; i < 6; ++i)
    nodes.emplace_back([&] {
      auto migrations = migrator::open(database.settings());
      auto done = migrations->apply();
      if (done)
        applied += done->size();
      else
        ++failed;
    });
  for (auto& node : nodes)
    node.join();
  ES_CHECK_EQ(failed.load(), 0);
  ES_CHECK_EQ(applied.load(), library_migrations().size());
  ES_CHECK(migrations_of(database).check());
}

ES_TEST("a changed checksum is refused, and nothing is applied") {
  test_database database;
  database.migrate();
  database.observe().script(
    "UPDATE es.migrations SET checksum = 'x' WHERE number = 2;"
    "DELETE FROM es.migrations WHERE number = 5;");
  const auto migrations = migrations_of(database);
  ES_CHECK(refuses(migrations.check(), "checksum"));
  auto applied = migrations.apply();
  ES_REQUIRE(!applied);
  ES_CHECK(applied.error().code == errc::schema_mismatch);
  ES_CHECK_EQ(count(must(migrations.status()), state::changed), 1u);
  ES_CHECK_EQ(count(must(migrations.status()), state::pending), 1u);
}

ES_TEST("a database that a newer program migrated is refused") {
  test_database database;
  database.migrate();
  database.observe().script(
    "INSERT INTO es.migrations (component, number, name, checksum) "
    "VALUES ('eventsource', 99, '0099_future', 'x')");
  const auto migrations = migrations_of(database);
  ES_CHECK(refuses(migrations.check(), "0099_future"));
  ES_CHECK(!migrations.apply());
  const auto all = must(migrations.status());
  ES_CHECK_EQ(count(all, state::unknown), 1u);
  ES_CHECK_EQ(all.back().number, 99);
  const auto store = must(postgres_store::open(database.settings()));
  ES_CHECK(refuses(store->check(), "newer"));
}

ES_TEST("a user's migrations come after the library's and may use its names") {
  test_database database;
  const std::vector<migration> shop{
    {"shop", 1, "0001_orders",
     "CREATE TABLE {projection_schema}.orders (id varchar PRIMARY KEY);"
     "CREATE INDEX ON {events} (type);"},
    {"shop", 2, "0002_total",
     "ALTER TABLE {projection_schema}.orders ADD COLUMN total bigint"}};
  const auto done = must(migrations_of(database, shop).apply());
  ES_REQUIRE_EQ(done.size(), library_migrations().size() + 2);
  ES_CHECK_EQ(done.back().name, "0002_total");
  ES_CHECK(migrations_of(database, shop).check());
  // A program that does not know the shop is not disturbed by it.
  ES_CHECK(migrations_of(database).check());
}

ES_TEST("a migration that fails leaves nothing of itself behind") {
  test_database database;
  std::vector<migration> shop{
    {"shop", 1, "0001_orders",
     "CREATE TABLE {projection_schema}.orders (id varchar); SELECT nonsense"}};
  auto failed = migrations_of(database, shop).apply();
  ES_REQUIRE(!failed);
  ES_CHECK(failed.error().code == errc::schema_mismatch);
  ES_CHECK(failed.error().message.find("0001_orders") != std::string::npos);
  shop[0].text = "CREATE TABLE {projection_schema}.orders (id varchar)";
  ES_CHECK_EQ(must(migrations_of(database, shop).apply()).size(), 1u);
}

ES_TEST("migrations with gaps or of a taken component are refused") {
  const postgres_settings settings{.dsn = "host=nowhere"};
  auto refused = [&](std::vector<migration> extra) {
    auto opened = migrator::open(settings, std::move(extra));
    return !opened && opened.error().code == errc::invalid;
  };
  ES_CHECK(refused({{"shop", 2, "a", "SELECT 1"}}));
  ES_CHECK(refused({{"shop", 1, "a", "SELECT 1"}, {"shop", 1, "b", "SELECT"}}));
  ES_CHECK(refused({{"", 1, "a", "SELECT 1"}}));
  ES_CHECK(refused({{std::string(library_component), 6, "a", "SELECT 1"}}));
  ES_CHECK(!refused({{"shop", 1, "a", "SELECT 1"}}));
}

ES_TEST("two houses with names of their own live in one database") {
  test_database database;
  database.migrate();
  database.settings().tables = {.schema = "second",
                                .projection_schema = "Second_View",
                                .events = "facts",
                                .snapshots = "states",
                                .outbox = "outgoing",
                                .commands = "requests",
                                .migrations = "steps"};
  const auto store = database.open();
  ES_CHECK(store->check());
  ES_CHECK(store->write(std::vector{append(0)})[0].ok());
  auto link = database.observe();
  ES_CHECK_EQ(link.value("SELECT count(*) FROM second.facts"), "1");
  ES_CHECK_EQ(link.value("SELECT count(*) FROM es.events"), "0");
  ES_CHECK_EQ(link.value("SELECT count(*) FROM \"Second_View\".organizations"),
              "0");
}

ES_TEST("tables of the original program are taken over with their rows") {
  test_database database;
  auto link = database.observe();
  link.script(original_tables);
  append_as_original(link, 1);
  append_as_original(link, 2);
  const auto store = database.open();
  ES_CHECK(store->check());
  const auto events = must(store->load_events("org_1", 1, 10));
  ES_REQUIRE_EQ(events.size(), 2u);
  ES_CHECK_EQ(events[1].id, "evt_original_2");
  ES_CHECK_EQ(events[1].metadata, "{}");
  ES_CHECK_EQ(events[1].schema_version, 1);
  ES_CHECK_EQ(es::to_string(events[1].occurred_at),
              "2024-05-01T12:00:00.000000Z");
  ES_CHECK(store->write(std::vector{append(2)})[0].ok());
}

ES_TEST("the original program appends beside this one, and is noticed") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  ES_CHECK(store->write(std::vector{append(0)})[0].ok());
  append_as_original(link, 2);
  const auto late = store->write(std::vector{append(1)});
  ES_CHECK(late[0].error.code == errc::conflict);
  const std::vector<recovery_request> ask{{.aggregate_id = "org_1"}};
  const auto pages = must(store->recover(ask, 10));
  ES_REQUIRE_EQ(pages[0].events.size(), 2u);
  ES_CHECK_EQ(pages[0].events.back().version, 2);
  ES_CHECK(store->write(std::vector{append(2)})[0].ok());
}

} // namespace migrator_test

// A server and a database that are not as they should be: what the caller is
// told, that nothing is half-written, and that all is well again afterwards
// without a new store.

#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

namespace store_failures_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

bool says(const error& e, std::string_view part) {
  if (e.message.find(part) != std::string::npos)
    return true;
  ES_MESSAGE("it says only: " << e.message);
  return false;
}

/// A batch of two appends with everything that an append can have.
std::vector<append_request> a_full_batch() {
  std::vector<append_request> batch;
  for (const std::string id : {"ldg_1", "ldg_2"}) {
    auto append = an_append(id, 0, 2);
    append.events[0].publish = true;
    append.command_id = "cmd_1";
    append.snapshot = new_snapshot{.data = "{}"};
    batch.push_back(std::move(append));
  }
  return batch;
}

void check_nothing_is_there(observer& look) {
  for (const std::string table : {"events", "snapshots", "outbox", "commands"})
    ES_CHECK_EQ(look.value("SELECT count(*) FROM es." + table), "0");
}

void check_all_refused(event_store& store, errc code, std::string_view part) {
  for (const auto& outcome : store.write(a_full_batch())) {
    ES_CHECK(is_refused(outcome, code));
    ES_CHECK(says(outcome.error, part));
  }
}

void check_all_committed(event_store& store) {
  for (const auto& outcome : store.write(a_full_batch())) {
    ES_CHECK_EQ(to_string(outcome.error), to_string(error{}));
    ES_CHECK(is_committed(outcome));
  }
}

/// A server that a test may stop.
struct own_server {
  local_server server;
  postgres_settings settings;
  std::shared_ptr<event_store> store;

  explicit own_server(std::vector<std::string> access_rules = {})
    : server(must(local_server::start(options(std::move(access_rules))))) {
    settings.dsn = server.dsn();
    must(must(migrator::open(settings)).apply());
    store = must(postgres_store::open(settings));
  }

  static local_server_options options(std::vector<std::string> access_rules) {
    local_server_options how;
    how.temporary = true;
    how.server_settings = {{"fsync", "off"}};
    how.access_rules = std::move(access_rules);
    return how;
  }
};

} // namespace

// -- the database's form ------------------------------------------------------

ES_TEST("a database without migrations is told, with what to do") {
  test_database database;
  const auto store = must(postgres_store::open(database.settings()));
  const auto checked = store->check();
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::schema_mismatch);
  ES_CHECK(says(checked.error(), "esctl migrate"));
  check_all_refused(*store, errc::schema_mismatch, "esctl migrate");
  ES_CHECK_EQ(
    database.observe().value("SELECT count(*) FROM information_schema.schemata "
                             "WHERE schema_name IN ('es', 'projection')"),
    "0");
  // Once it is migrated the same store works.
  database.migrate();
  ES_CHECK(store->check().has_value());
  check_all_committed(*store);
}

ES_TEST("a database of a newer program is told, with the migration") {
  test_database database;
  const auto store = database.open();
  database.observe().script(
    "INSERT INTO es.migrations (component, number, name, checksum, applied_at) "
    "VALUES ('eventsource', 900, 'from_the_future', 'x', now())");
  const auto checked = store->check();
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::schema_mismatch);
  ES_CHECK(says(checked.error(), "newer"));
  ES_CHECK(says(checked.error(), "900"));
  ES_CHECK(says(checked.error(), "from_the_future"));
}

ES_TEST("a changed migration is told, with its name") {
  test_database database;
  const auto store = database.open();
  auto look = database.observe();
  look.script("UPDATE es.migrations SET checksum = 'other' WHERE number = 2");
  const auto checked = store->check();
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::schema_mismatch);
  ES_CHECK(says(checked.error(), "checksum"));
  ES_CHECK(says(checked.error(),
                look.value("SELECT name FROM es.migrations WHERE number = 2")));
}

ES_TEST("a table that someone dropped is told, with its name") {
  test_database database;
  const auto store = database.open();
  auto look = database.observe();
  look.script("ALTER TABLE es.outbox RENAME TO mislaid");
  check_all_refused(*store, errc::schema_mismatch, "es.outbox");
  look.script("ALTER TABLE es.mislaid RENAME TO outbox");
  check_nothing_is_there(look);
  check_all_committed(*store);
}

// -- who may do what ----------------------------------------------------------

ES_TEST("a wrong password is told without being shown") {
  own_server at{{"local all guarded scram-sha-256"}};
  observer{at.settings.dsn}.script(
    "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right-one'");
  auto settings = at.settings;
  settings.dsn = with_setting(settings.dsn, "user", "guarded");
  settings.dsn = with_setting(settings.dsn, "password", "wrong-one");
  const auto store = must(postgres_store::open(settings));
  const auto checked = store->check();
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::unavailable);
  ES_CHECK(says(checked.error(), "guarded"));
  ES_CHECK(says(checked.error(), "password"));
  ES_CHECK(checked.error().message.find("wrong-one") == std::string::npos);
  check_all_refused(*store, errc::unavailable, "password");
  settings.dsn = with_setting(settings.dsn, "password", "right-one");
  check_all_committed(*must(postgres_store::open(settings)));
}

ES_TEST("a role without rights is told, with the table") {
  test_database database;
  auto store = database.open();
  auto look = database.observe();
  look.script("CREATE ROLE es_reader LOGIN; GRANT USAGE ON SCHEMA es TO "
              "es_reader; GRANT SELECT ON ALL TABLES IN SCHEMA es TO "
              "es_reader");
  auto settings = database.settings();
  // The server knows its callers by their account, so the role is set inside.
  settings.dsn = with_setting(settings.dsn, "options", "'-c role=es_reader'");
  const auto reader = must(postgres_store::open(settings));
  ES_CHECK(reader->load_events("ldg_1", 1, 10).has_value());
  check_all_refused(*reader, errc::unavailable, "permission denied");
  check_nothing_is_there(look);
  look.script("GRANT ALL ON ALL TABLES IN SCHEMA es TO es_reader");
  check_all_committed(*reader);
  look.script("DROP OWNED BY es_reader; DROP ROLE es_reader");
}

ES_TEST("a database that may only be read is told, and written again "
        "when it may be") {
  test_database database;
  const auto store = database.open();
  auto look = database.observe();
  const auto alter = "ALTER DATABASE " + database.name();
  look.script(alter + " SET default_transaction_read_only = on");
  // Connections get it at their start.
  look.end_other_sessions();
  ES_CHECK(store->load_events("ldg_1", 1, 10).has_value());
  check_all_refused(*store, errc::unavailable, "read-only");
  check_nothing_is_there(look);
  look.script(alter + " SET default_transaction_read_only = off");
  check_all_committed(*store);
}

// -- locks --------------------------------------------------------------------

ES_TEST("a statement that waits too long for a lock is ended") {
  test_database database;
  database.migrate();
  database.settings().statement_timeout = 1s;
  const auto store = must(postgres_store::open(database.settings()));
  auto look = database.observe();
  look.script("BEGIN; LOCK TABLE es.events IN ACCESS EXCLUSIVE MODE");
  check_all_refused(*store, errc::unavailable, "store.statement_timeout");
  const auto read = store->load_events("ldg_1", 1, 10);
  ES_REQUIRE(!read);
  ES_CHECK(read.error().code == errc::unavailable);
  ES_CHECK(says(read.error(), "ldg_1"));
  look.script("ROLLBACK");
  check_nothing_is_there(look);
  check_all_committed(*store);
}

ES_TEST("a store waits for another writer of the same version and then "
        "conflicts") {
  test_database database;
  const auto store = database.open();
  auto look = database.observe();
  look.script("BEGIN; INSERT INTO es.events (id, aggregate_id, "
              "aggregate_type, aggregate_version, data) "
              "VALUES ('evt_foreign', 'ldg_1', 'ledger', 1, '{}')");
  std::vector<append_outcome> outcomes;
  std::thread writer{[&] { outcomes = store->write(a_full_batch()); }};
  auto second = database.observe();
  // The store's transaction stands behind ours before ours ends.
  while (second.value("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                      "current_database() AND wait_event_type = 'Lock'")
         == "0")
    std::this_thread::yield();
  look.script("COMMIT");
  writer.join();
  ES_REQUIRE(outcomes.size() == 2);
  ES_CHECK(is_refused(outcomes[0], errc::conflict));
  ES_CHECK(says(outcomes[0].error, "ldg_1"));
  ES_CHECK(is_committed(outcomes[1]));
  ES_CHECK_EQ(store->load_events("ldg_1", 1, 10)->size(), 1u);
}

// -- a server that goes away --------------------------------------------------

ES_TEST("a server that is stopped is told, and used again when it is "
        "back") {
  own_server at;
  check_all_committed(*at.store);
  for (auto how :
       {local_server::stop_mode::fast, local_server::stop_mode::immediate}) {
    must(at.server.interrupt(how));
    const auto folder =
      std::filesystem::path(at.server.data_dir()).filename().string();
    const auto batch = std::vector{an_append("ldg_1", 2), an_append("x", 0)};
    for (const auto& outcome : at.store->write(batch)) {
      ES_CHECK(is_refused(outcome, errc::unavailable));
      ES_CHECK(says(outcome.error, folder));
    }
    const auto read = at.store->load_events("ldg_1", 1, 10);
    ES_REQUIRE(!read);
    ES_CHECK(read.error().code == errc::unavailable);
    ES_CHECK(at.store->check().error().code == errc::unavailable);
    ES_CHECK(at.store->stats().error().code == errc::unavailable);
    must(at.server.resume());
    ES_CHECK(at.store->check().has_value());
    ES_CHECK_EQ(at.store->load_events("ldg_1", 1, 10)->size(), 2u);
    ES_CHECK(at.store->load_events("x", 1, 10)->empty());
  }
  const auto append = an_append("ldg_1", 2);
  ES_CHECK(is_committed(at.store->write({&append, 1}).front()));
}

ES_TEST("what was answered while the server came and went is true") {
  own_server at;
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  // Event ids by what the store said about them.
  std::map<errc, std::vector<std::string>> refused;
  std::vector<std::string> committed;
  std::thread writer{[&] {
    version_t head = 0;
    while (!done) {
      auto append = an_append("ldg_1", head);
      const auto outcome = at.store->write({&append, 1}).front();
      if (outcome.ok()) {
        committed.push_back(append.events[0].id);
        ++head;
      } else {
        refused[outcome.error.code].push_back(append.events[0].id);
        // What is not known has to be looked up before the next decision.
        if (outcome.error.code != errc::unavailable)
          if (auto events = at.store->load_events("ldg_1", 1, 1'000'000))
            head = static_cast<version_t>(events->size());
      }
      ++answered;
    }
  }};
  auto wait_for_answers = [&] {
    for (const int goal = answered + 20; answered < goal;)
      std::this_thread::yield();
  };
  result<void> fine;
  for (int i = 0; i < 4 && fine; ++i) {
    wait_for_answers();
    fine = at.server.interrupt(i % 2 == 0 ? local_server::stop_mode::immediate
                                          : local_server::stop_mode::fast);
    if (fine)
      fine = at.server.resume();
  }
  wait_for_answers();
  done = true;
  writer.join();
  ES_REQUIRE(fine.has_value());
  std::map<std::string, int> stored;
  version_t head = 0;
  const auto events = at.store->load_events("ldg_1", 1, 1'000'000).value();
  for (const auto& event : events) {
    ES_CHECK_EQ(event.version, ++head);
    ++stored[event.id];
  }
  ES_CHECK(!committed.empty());
  for (const auto& id : committed)
    ES_CHECK_EQ(stored[id], 1);
  for (const auto code : {errc::unavailable, errc::conflict})
    for (const auto& id : refused[code])
      ES_CHECK_EQ(stored[id], 0);
  for (const auto& [code, ids] : refused)
    ES_CHECK(code == errc::unavailable || code == errc::conflict
             || code == errc::in_doubt);
}

// -- one append of many -------------------------------------------------------

ES_TEST("a projection row that the server refuses fails its append "
        "alone, with the table's words") {
  test_database database;
  database.migrate();
  auto look = database.observe();
  look.script(
    "CREATE TABLE projection.every_type (id varchar primary key, "
    "note text NOT NULL CHECK (note <> 'bad'), number bigint, is_open "
    "boolean, ratio double precision, due_at timestamptz, details "
    "jsonb, version bigint, registered_at timestamptz)");
  const auto store = must(postgres_store::open(database.settings()));
  std::vector<append_request> batch;
  for (int i = 0; i < 20; ++i) {
    const auto id = "ldg_" + std::to_string(i);
    batch.push_back(
      with_change(an_append(id, 0), every_type_table(), 1,
                  upsert(a_row(id, 1, i == 13 ? "bad" : "good"))));
  }
  const auto outcomes = store->write(batch);
  for (std::size_t i = 0; i < batch.size(); ++i)
    ES_CHECK_EQ(is_committed(outcomes[i]), i != 13);
  ES_CHECK(is_refused(outcomes[13], errc::statement_failed));
  ES_CHECK(says(outcomes[13].error, "ldg_13"));
  ES_CHECK(says(outcomes[13].error, "every_type"));
  ES_CHECK(says(outcomes[13].error, "check"));
  ES_CHECK_EQ(look.value("SELECT count(*) FROM projection.every_type"), "19");
  ES_CHECK_EQ(look.value("SELECT count(*) FROM es.events"), "19");
}

} // namespace store_failures_test

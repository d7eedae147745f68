// What only a server can do to the store: refuse, time out, disappear.

#include "eventsource/store/postgres/commit_resolver.hpp"
#include "eventsource/store/postgres/dsn.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/gated_store.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

namespace postgres_faults_test {

using namespace es::store;
using es::errc;
using es::testing::gated_store;
using es::testing::must;
using es::testing::socket_gate;
using es::testing::test_database;
using es::testing::with_setting;
using namespace std::chrono_literals;
using kind = append_outcome::kind;

namespace {

append_request append(const std::string& id, es::version_t expected) {
  append_request result;
  result.aggregate_id = id;
  result.aggregate_type = "thing";
  result.expected_version = expected;
  result.occurred_at = es::timestamp{1'700'000'000'123'456us};
  result.events.push_back({.id = "evt_" + id + std::to_string(expected),
                           .type = "made",
                           .data = "{}",
                           .publish = true});
  return result;
}

append_request only_command(const std::string& id, es::version_t expected,
                            const std::string& command) {
  auto result = append(id, expected);
  result.events.clear();
  result.command_id = command;
  return result;
}

/// Makes the server answer inserts of events with an error, as long as `when`
/// says so; `tries` counts across rolled back transactions.
void disturb(es::testing::observer& link, const std::string& when,
             const std::string& action) {
  link.script("CREATE SEQUENCE es.tries;"
              "CREATE FUNCTION es.disturb() RETURNS trigger LANGUAGE plpgsql "
              "AS $$ BEGIN IF "
              + when + " THEN " + action
              + " END IF; RETURN NULL; END $$;"
                "CREATE TRIGGER disturb AFTER INSERT ON es.events "
                "FOR EACH STATEMENT EXECUTE FUNCTION es.disturb()");
}

/// Makes the server do this at the commit of each stored event, `NEW`.
void disturb_commits(es::testing::observer& link, const std::string& action) {
  link.script("CREATE FUNCTION es.late() RETURNS trigger LANGUAGE plpgsql "
              "AS $$ BEGIN "
              + action
              + " RETURN NULL; END $$;"
                "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON es.events "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
                "es.late()");
}

std::string tries(es::testing::observer& link) {
  return link.value("SELECT last_value FROM es.tries");
}

} // namespace

// -- commits whose answer is lost ---------------------------------------------

ES_TEST("a commit whose answer was lost is found by its event ids") {
  gated_store gated;
  gated.gate->cut_next(socket_gate::cut::after_commit);
  const std::vector batch{append("a", 0), append("b", 0), append("a", 1)};
  for (const auto& outcome : gated.store->write(batch))
    ES_CHECK(outcome.what == kind::committed);
  ES_CHECK_EQ(gated.gate->cuts(), 1);
  ES_CHECK_EQ(must(gated.direct->scan_events("", 0, 10)).size(), 3u);
}

ES_TEST("a commit that the server never got is made again, once") {
  gated_store gated;
  gated.gate->cut_next(socket_gate::cut::before_commit);
  const std::vector batch{append("a", 0), append("b", 0)};
  for (const auto& outcome : gated.store->write(batch))
    ES_CHECK(outcome.what == kind::committed);
  ES_CHECK_EQ(gated.gate->cuts(), 1);
  ES_CHECK_EQ(must(gated.direct->scan_events("", 0, 10)).size(), 2u);
  ES_CHECK_EQ(must(gated.direct->scan_outbox("", 0, 10)).size(), 2u);
}

ES_TEST("a commit whose answer is lost while the next batch is prepared is "
        "found, and the next batch follows") {
  for (const auto cut :
       {socket_gate::cut::before_commit, socket_gate::cut::after_commit}) {
    gated_store gated;
    const std::vector first{append("a", 0), append("b", 0)};
    const std::vector second{append("a", 1), append("c", 0)};
    std::unique_ptr<prepared_batch> next;
    const auto begun = gated.store->prepare(first);
    gated.gate->cut_next(cut);
    const auto outcomes = gated.store->write_prepared(
      *begun, [&] { next = gated.store->prepare(second); });
    ES_CHECK_EQ(gated.gate->cuts(), 1);
    for (const auto& outcome : outcomes)
      ES_CHECK(outcome.what == kind::committed);
    ES_REQUIRE(next != nullptr);
    for (const auto& outcome : gated.store->write_prepared(*next, {}))
      ES_CHECK(outcome.what == kind::committed);
    ES_CHECK_EQ(must(gated.direct->scan_events("", 0, 10)).size(), 4u);
  }
}

ES_TEST("the next batch is prepared while the server has not committed yet") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  disturb_commits(link, "PERFORM pg_advisory_xact_lock(7);");
  link.script("SELECT pg_advisory_lock(7)");
  const std::vector first{append("a", 0), append("b", 0)};
  const std::vector second{append("a", 1), append("c", 0)};
  std::unique_ptr<prepared_batch> next;
  const auto begun = store->prepare(first);
  const auto outcomes = store->write_prepared(*begun, [&] {
    next = store->prepare(second);
    link.script("SELECT pg_advisory_unlock(7)");
  });
  for (const auto& outcome : outcomes)
    ES_CHECK(outcome.what == kind::committed);
  for (const auto& outcome : store->write_prepared(*next, {}))
    ES_CHECK(outcome.what == kind::committed);
}

ES_TEST("an append that is alone is stored once, whether the server got it or "
        "its answer was lost") {
  gated_store gated;
  es::version_t version = 0;
  for (auto how :
       {socket_gate::cut::after_commit, socket_gate::cut::before_commit}) {
    gated.gate->cut_next(how);
    const std::vector batch{append("a", version++)};
    ES_CHECK(gated.store->write(batch)[0].what == kind::committed);
    ES_CHECK_EQ(gated.gate->cuts(), version);
    ES_CHECK_EQ(must(gated.direct->load_events("a", 1, 10)).size(),
                static_cast<std::size_t>(version));
  }
  ES_CHECK_EQ(must(gated.direct->scan_outbox("", 0, 10)).size(), 2u);
}

ES_TEST("an append that is alone and whose answer can't be found out stays "
        "unknown") {
  gated_store gated;
  gated.gate->stay_closed_after_cut();
  gated.gate->cut_next(socket_gate::cut::after_commit);
  const std::vector batch{append("a", 0)};
  ES_CHECK(gated.store->write(batch)[0].error.code == errc::in_doubt);
  ES_CHECK_EQ(must(gated.direct->load_events("a", 1, 10)).size(), 1u);
}

ES_TEST("a lost answer about commands without events is found by their ids") {
  gated_store gated;
  for (auto how :
       {socket_gate::cut::after_commit, socket_gate::cut::before_commit}) {
    gated.gate->cut_next(how);
    const auto command = "cmd_" + std::to_string(gated.gate->cuts());
    const std::vector batch{only_command("a", 0, command)};
    ES_CHECK(gated.store->write(batch)[0].what == kind::committed);
    ES_CHECK(must(gated.direct->find_receipt("a", command)).has_value());
  }
  ES_CHECK_EQ(gated.gate->cuts(), 2);
}

ES_TEST("a lost answer that can't be found out stays unknown") {
  gated_store gated;
  gated.gate->stay_closed_after_cut();
  gated.gate->cut_next(socket_gate::cut::after_commit);
  const std::vector batch{append("a", 0), append("a", 1)};
  const auto outcomes = gated.store->write(batch);
  for (const auto& outcome : outcomes)
    ES_CHECK(outcome.error.code == errc::in_doubt);
  ES_CHECK_EQ(must(gated.direct->scan_events("", 0, 10)).size(), 2u);
}

ES_TEST("a server that ends the connection during commit is asked again") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  link.script("CREATE SEQUENCE es.tries");
  disturb_commits(link, "IF nextval('es.tries') = 1 THEN "
                        "PERFORM pg_terminate_backend(pg_backend_pid()); "
                        "PERFORM pg_sleep(60); END IF;");
  ES_CHECK(store->write(std::vector{append("a", 0)})[0].what
           == kind::committed);
  ES_CHECK_EQ(tries(link), "2");
  ES_CHECK_EQ(must(store->load_events("a", 1, 10)).size(), 1u);
}

// -- connections --------------------------------------------------------------

ES_TEST("a connection that was lost before commit is replaced") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  disturb(link, "nextval('es.tries') = 1",
          "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM "
          "pg_sleep(60);");
  ES_CHECK(store->write(std::vector{append("a", 0)})[0].what
           == kind::committed);
  ES_CHECK_EQ(tries(link), "2");
}

ES_TEST("connections that died while they rested are replaced") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  for (es::version_t version = 0; version < 4; ++version) {
    ES_CHECK(store->write(std::vector{append("a", version)})[0].ok());
    link.end_other_sessions();
    ES_CHECK_EQ(must(store->load_events("a", 1, 10)).size(),
                static_cast<std::size_t>(version) + 1);
    link.end_other_sessions();
  }
}

ES_TEST("a database that does not exist is told with its name and advice") {
  postgres_settings settings;
  settings.dsn = with_setting(es::testing::server_dsn(), "dbname", "nowhere");
  const auto store = must(postgres_store::open(settings));
  const auto checked = store->check();
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::unavailable);
  const auto& words = checked.error().message;
  ES_CHECK(words.find("\"nowhere\"") != std::string::npos);
  ES_CHECK(words.find("Create the database") != std::string::npos);
  ES_CHECK(store->load_events("a", 1, 1).error().code == errc::unavailable);
}

ES_TEST("a stored time that no timestamp holds is an error that tells it") {
  test_database database;
  const auto store = database.open();
  ES_CHECK(store->write(std::vector{append("a", 0)})[0].ok());
  database.observe().script("UPDATE es.events SET occurred_at = 'infinity'");
  const auto read = store->load_events("a", 1, 10);
  ES_REQUIRE(!read);
  ES_CHECK(read.error().message.find("infinity") != std::string::npos);
}

ES_TEST("without a server each append of a batch is refused as unavailable") {
  postgres_settings settings;
  settings.dsn = "host=/nonexistent/folder dbname=d user=u";
  const auto store = must(postgres_store::open(settings));
  const auto outcomes = store->write(
    std::vector{append("a", 0), append("a", 1), only_command("b", 0, "c")});
  ES_REQUIRE_EQ(outcomes.size(), 3u);
  for (const auto& outcome : outcomes) {
    ES_CHECK(outcome.error.code == errc::unavailable);
    ES_CHECK(outcome.error.message.find("/nonexistent/folder")
             != std::string::npos);
  }
}

ES_TEST("a role that may not log in is told what to check") {
  test_database database;
  auto link = database.observe();
  link.script("CREATE ROLE es_guest NOLOGIN");
  auto settings = database.settings();
  settings.dsn = with_setting(settings.dsn, "user", "es_guest");
  const auto store = must(postgres_store::open(settings));
  const auto checked = store->check();
  link.script("DROP ROLE es_guest");
  ES_REQUIRE(!checked);
  ES_CHECK(checked.error().code == errc::unavailable);
  ES_CHECK(checked.error().message.find("es_guest") != std::string::npos);
}

ES_TEST("the pool lends no more connections than it may") {
  test_database database;
  auto settings = database.settings();
  settings.connections_max = 1;
  settings.connection_wait_max = 1ms;
  es::store::postgres::connection_pool pool{settings.dsn, "the server",
                                            settings};
  {
    auto first = pool.acquire();
    ES_REQUIRE(first.has_value());
    auto second = pool.acquire();
    ES_REQUIRE(!second);
    ES_CHECK(second.error().code == errc::overloaded);
  }
  ES_CHECK(pool.acquire().has_value());
}

ES_TEST("settings of the session do not change what is read and written") {
  test_database database;
  database.migrate();
  database.settings().dsn = with_setting(
    database.settings().dsn, "options",
    "'-c TimeZone=Asia/Tokyo -c DateStyle=German -c IntervalStyle=iso_8601 "
    "-c extra_float_digits=0 -c default_transaction_isolation=serializable'");
  const auto store = must(postgres_store::open(database.settings()));
  for (int year : {1900, 1969, 1970, 2024, 2099, 2200}) {
    auto made = append("a" + std::to_string(year), 0);
    made.occurred_at = es::timestamp{
      std::chrono::sys_days{std::chrono::year{year} / 7 / 1}.time_since_epoch()
      + 123'457us};
    ES_CHECK(store->write(std::vector{made})[0].ok());
    const auto events = must(store->load_events(made.aggregate_id, 1, 1));
    ES_REQUIRE_EQ(events.size(), 1u);
    ES_CHECK(events[0].occurred_at == made.occurred_at);
    ES_CHECK_EQ(must(store->version_at(made.aggregate_id, made.occurred_at)),
                1);
    ES_CHECK_EQ(
      must(store->version_at(made.aggregate_id, made.occurred_at - 1us)), 0);
  }
}

// -- errors of statements -----------------------------------------------------

ES_TEST("a serialization failure is tried again until it passes") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  disturb(link, "nextval('es.tries') < 4",
          "RAISE EXCEPTION 'try again' USING ERRCODE = '40001';");
  ES_CHECK(store->write(std::vector{append("a", 0)})[0].ok());
  ES_CHECK_EQ(tries(link), "4");
}

ES_TEST("a serialization failure that does not pass is given up") {
  test_database database;
  database.settings().retries_max = 2;
  const auto store = database.open();
  auto link = database.observe();
  disturb(link, "nextval('es.tries') > 0",
          "RAISE EXCEPTION 'try again' USING ERRCODE = '40P01';");
  const auto outcomes = store->write(std::vector{append("a", 0)});
  ES_CHECK(outcomes[0].error.code == errc::unavailable);
  ES_CHECK_EQ(tries(link), "3");
}

ES_TEST("a full disk refuses the whole batch and is not looked into further") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  disturb(link, "nextval('es.tries') > 0",
          "RAISE EXCEPTION 'no space left' USING ERRCODE = '53100';");
  const auto outcomes =
    store->write(std::vector{append("a", 0), append("b", 0), append("c", 0)});
  for (const auto& outcome : outcomes) {
    ES_CHECK(outcome.error.code == errc::unavailable);
    ES_CHECK(outcome.error.message.find("disk space") != std::string::npos);
  }
  ES_CHECK_EQ(tries(link), "1");
  ES_CHECK_EQ(must(store->scan_events("", 0, 10)).size(), 0u);
}

ES_TEST("one append that the server refuses is found among many") {
  test_database database;
  const auto store = database.open();
  database.observe().script(
    "ALTER TABLE es.events ADD CONSTRAINT no_13 CHECK (aggregate_id <> 'x13')");
  std::vector<append_request> batch;
  batch.reserve(31);
  for (int i = 0; i < 30; ++i)
    batch.push_back(append("x" + std::to_string(i), 0));
  batch.push_back(append("x13", 1));
  const auto outcomes = store->write(batch);
  for (std::size_t i = 0; i < 30; ++i)
    ES_CHECK(outcomes[i].ok() == (i != 13));
  ES_CHECK(outcomes[13].error.code == errc::statement_failed);
  ES_CHECK(outcomes[13].error.message.find("x13") != std::string::npos);
  ES_CHECK(outcomes[13].error.message.find("append_events")
           != std::string::npos);
  ES_CHECK(outcomes[30].error.code == errc::conflict);
  ES_CHECK_EQ(must(store->scan_events("", 0, 100)).size(), 29u);
}

ES_TEST("one append that the server refuses is found in a batch that was "
        "prepared") {
  test_database database;
  const auto store = database.open();
  const std::vector first{append("a", 0), append("b", 0)};
  std::vector second{append("a", 1), append("b", 1), append("c", 0)};
  second[1].events[0].id = first[0].events[0].id;
  std::unique_ptr<prepared_batch> next;
  const auto begun = store->prepare(first);
  static_cast<void>(
    store->write_prepared(*begun, [&] { next = store->prepare(second); }));
  const auto outcomes = store->write_prepared(*next, {});
  ES_CHECK(outcomes[0].what == kind::committed);
  ES_CHECK(outcomes[1].error.code == errc::invalid);
  ES_CHECK(outcomes[2].what == kind::committed);
}

ES_TEST("a constraint that is checked at commit refuses only its append") {
  test_database database;
  const auto store = database.open();
  auto link = database.observe();
  disturb_commits(link, "IF NEW.aggregate_id = 'b' THEN "
                        "RAISE EXCEPTION 'not b'; END IF;");
  const auto outcomes =
    store->write(std::vector{append("a", 0), append("b", 0), append("c", 0)});
  ES_CHECK(outcomes[0].ok());
  ES_CHECK(outcomes[1].error.code == errc::statement_failed);
  ES_CHECK(outcomes[2].ok());
  // Alone it has an answer before it has committed.
  const auto alone = store->write(std::vector{append("b", 0)});
  ES_CHECK(alone[0].error.code == errc::statement_failed);
  ES_CHECK(alone[0].error.message.find("not b") != std::string::npos);
  ES_CHECK(must(store->load_events("b", 1, 10)).empty());
}

ES_TEST("a projection table that is missing fails the appends that write it") {
  test_database database;
  const auto store = database.open();
  const es::projection_table missing{
    .name = "missing",
    .columns = {{"id"}, {"version", es::column_type::bigint}},
    .key = {"id"}};
  auto lost = append("a", 0);
  lost.projection = es::projection_change{
    &missing, 1, es::upsert({es::cell("a"), es::cell(1)})};
  const auto outcomes = store->write(
    std::vector{append("b", 0), lost, append("a", 1), append("c", 0)});
  ES_CHECK(outcomes[0].ok());
  ES_CHECK(outcomes[1].error.code == errc::schema_mismatch);
  ES_CHECK(outcomes[1].error.message.find("missing") != std::string::npos);
  ES_CHECK(outcomes[2].error.code == errc::conflict);
  ES_CHECK(outcomes[3].ok());
}

ES_TEST("a database without tables says so on every call") {
  test_database database;
  const auto store = must(postgres_store::open(database.settings()));
  ES_CHECK(store->check().error().code == errc::schema_mismatch);
  const auto outcomes =
    store->write(std::vector{append("a", 0), append("b", 0)});
  for (const auto& outcome : outcomes)
    ES_CHECK(outcome.error.code == errc::schema_mismatch);
  ES_CHECK(store->load_events("a", 1, 1).error().code == errc::schema_mismatch);
  ES_CHECK(store->stats().error().code == errc::schema_mismatch);
}

} // namespace postgres_faults_test

// What the actors' tests show on the memory store, once more on PostgreSQL and
// on real threads.
#include "eventsource/actors/runtime.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace postgres_runtime_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;
using testing::must;

namespace {

struct fixture {
  fixture() {
    database.migrate();
    database.observe().script("CREATE TABLE projection.accounts (id varchar "
                              "PRIMARY KEY, owner varchar, "
                              "balance bigint, version bigint)");
    how.store = database.settings();
    start();
  }

  void start() {
    runtime.emplace(must(actors::runtime::start(system, how, types())));
  }

  static type_registry types() {
    type_registry all;
    must(all.add(type_of<account>()));
    return all;
  }

  static actors::settings prepared() {
    actors::init_types<caf::id_block::bank>();
    actors::settings how;
    how.runtime.threads = 2;
    how.aggregates.snapshot_every = 5;
    return how;
  }

  result<receipt> deposit(const std::string& id, command_options options = {}) {
    return runtime->execute<account>(id, bank::deposit{1}, std::move(options));
  }

  std::string opened() {
    auto id = ids.next(account::id_prefix);
    must(runtime->execute<account>(id, bank::open_account{"Ada"}));
    return id;
  }

  std::int64_t balance(const std::string& id) {
    return must(must(runtime->state("account", id)).as<account>())->balance;
  }

  std::string value(const std::string& sql) {
    return database.observe().value(sql);
  }

  testing::test_database database;
  actors::settings how = prepared();
  actors::system_config<caf::id_block::bank> config{how};
  caf::actor_system system{config};
  ksuid_generator ids = ksuid_generator::system();
  std::optional<actors::runtime> runtime;
};

} // namespace

ES_TEST_WITH(fixture, "a command's events, projection row and outbox row are "
                      "there when it is answered (promises 1 and 2)") {
  auto id = opened();
  must(runtime->execute<account>(id, bank::deposit{10}));
  auto answer = must(runtime->execute<account>(id, bank::withdraw{4}));
  ES_CHECK_EQ(answer.version, 3);
  ES_CHECK_EQ(value("SELECT count(*) FROM es.events"), "3");
  ES_CHECK_EQ(value("SELECT balance FROM projection.accounts"), "6");
  ES_CHECK_EQ(value("SELECT version FROM projection.accounts"), "3");
  ES_CHECK_EQ(value("SELECT event_id FROM es.outbox"), answer.event_ids[0]);
}

ES_TEST_WITH(fixture, "a restarted runtime goes on from snapshot and events") {
  auto id = opened();
  for (int i = 0; i < 11; ++i)
    must(deposit(id));
  ES_CHECK_EQ(value("SELECT count(*) FROM es.snapshots"), "2");
  runtime.reset();
  start();
  ES_CHECK_EQ(balance(id), 11);
  ES_CHECK_EQ(must(deposit(id)).version, 13);
}

// As after a failover to a standby that had not got the last commits.
ES_TEST_WITH(fixture, "an aggregate whose last events were lost goes on from "
                      "what is there") {
  auto id = opened();
  for (int i = 0; i < 3; ++i)
    must(deposit(id));
  database.observe().script(
    "DELETE FROM es.events WHERE aggregate_version > 2; INSERT INTO es.events "
    "(id, type, occurred_at, registered_at, aggregate_id, aggregate_type, "
    "aggregate_version, data, metadata) VALUES ('evt_foreign', 'deposited', "
    "now(), now(), '"
    + id + "', 'account', 3, '{\"amount\": 40}', '{}')");
  ES_CHECK_EQ(must(deposit(id)).version, 4);
  ES_CHECK_EQ(balance(id), 1 + 40 + 1);
}

ES_TEST_WITH(fixture, "after a program of the original schema appended, our "
                      "next command gets that version right") {
  auto id = opened();
  database.observe().script(
    "INSERT INTO es.events (id, type, occurred_at, registered_at, "
    "aggregate_id, aggregate_type, aggregate_version, data, metadata) VALUES "
    "('evt_foreign', 'deposited', now(), now(), '"
    + id + "', 'account', 2, '{\"amount\": 41}', '{}')");
  ES_CHECK_EQ(must(deposit(id)).version, 3);
  ES_CHECK_EQ(balance(id), 42);
}

ES_TEST_WITH(fixture,
             "a repeated command id gets the first receipt, also after "
             "a restart (promise 11)") {
  auto id = opened();
  command_options once;
  once.command_id = "cmd-1";
  auto first = must(deposit(id, once));
  ES_CHECK(must(deposit(id, once)) == first);
  runtime.reset();
  start();
  must(deposit(id));
  ES_CHECK(must(deposit(id, once)) == first);
  ES_CHECK_EQ(balance(id), 2);
}

ES_TEST_WITH(fixture, "many callers on few aggregates: every receipt is stored "
                      "once, versions are contiguous (promise 3)") {
  std::vector<std::string> aggregates;
  for (int i = 0; i < 5; ++i)
    aggregates.push_back(opened());
  std::atomic<int> receipts = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 50; ++i) {
        auto place = static_cast<std::size_t>(caller + i) % aggregates.size();
        if (deposit(aggregates[place]))
          ++receipts;
      }
    });
  for (auto& caller : callers)
    caller.join();
  ES_CHECK_EQ(receipts.load(), 200);
  ES_CHECK_EQ(value("SELECT count(*) FROM es.events"), "205");
  ES_CHECK_EQ(value("SELECT count(*) FROM (SELECT aggregate_id FROM es.events "
                    "GROUP BY 1 HAVING max(aggregate_version) <> count(*)) x"),
              "0");
  ES_CHECK_EQ(value("SELECT sum(balance) FROM projection.accounts"), "200");
}

ES_TEST_WITH(fixture, "one bad append harms only itself (promise 6)") {
  auto good = opened();
  auto bad = opened();
  database.observe().script("ALTER TABLE projection.accounts ADD CHECK (id <> '"
                            + bad + "' OR balance < 1)");
  std::vector<std::promise<result<receipt>>> answers(20);
  for (std::size_t i = 0; i < answers.size(); ++i)
    runtime->submit(
      "account", i % 4 == 3 ? bad : good, any_command::of(bank::deposit{1}), {},
      [&answers, i](result<receipt> x) { answers[i].set_value(std::move(x)); });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto answer = answers[i].get_future().get();
    if (i % 4 != 3) {
      ES_CHECK(answer.has_value());
    } else {
      ES_REQUIRE(!answer);
      ES_CHECK(answer.error().code == errc::statement_failed);
      ES_CHECK(answer.error().message.find(bad) != std::string::npos);
    }
  }
  ES_CHECK_EQ(balance(good), 15);
  ES_CHECK_EQ(balance(bad), 0);
}

ES_TEST_WITH(fixture, "an aggregate survives that its database drops every "
                      "connection") {
  auto id = opened();
  database.observe().run("SELECT count(pg_terminate_backend(pid)) FROM "
                         "pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                         "datname = current_database()");
  ES_CHECK_EQ(must(deposit(id)).version, 2);
}

ES_TEST("a database without migrations is refused at the start with advice") {
  testing::test_database empty;
  auto how = fixture::prepared();
  how.store = empty.settings();
  actors::system_config<caf::id_block::bank> config{how};
  caf::actor_system system{config};
  auto refused = actors::runtime::start(system, how, fixture::types());
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::schema_mismatch);
  ES_CHECK(refused.error().message.find("migrate") != std::string::npos);
  how.runtime.migrate = true;
  ES_CHECK(actors::runtime::start(system, how, fixture::types()).has_value());
}

} // namespace postgres_runtime_test

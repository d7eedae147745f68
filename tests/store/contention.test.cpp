// Transactions of others that get in the way, and what the server does about
// it: it ends one of them, which the store tries again.

#include "eventsource/store/postgres/batch_writer.hpp"
#include "eventsource/store/postgres/postgres_leases.hpp"
#include "eventsource/store/postgres/postgres_subscriptions.hpp"
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <functional>
#include <future>

namespace contention_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;
using std::chrono::microseconds;

namespace {

/// A store whose pauses are noted instead of slept, beside sessions of others
/// who do `during_pause` meanwhile.
struct contended {
  test_database database;
  std::shared_ptr<event_store> store = open();
  std::vector<microseconds> pauses;
  std::function<void()> during_pause = [] {};
  pg::connection_pool pool{database.settings().dsn, "the server",
                           database.settings(),
                           pg::retry_pause{[] { return 0.5; },
                                           [this](microseconds length) {
                                             pauses.push_back(length);
                                             during_pause();
                                           }}};
  observer look = database.observe();
  observer rival = database.observe();
  observer gate = database.observe();

  std::shared_ptr<event_store> open() {
    // Of two sessions that block each other, the one that looks first is ended:
    // the store looks at once, the rival not before the test is over.
    database.settings().dsn = with_setting(database.settings().dsn, "options",
                                           "'-c deadlock_timeout=10ms'");
    return database.open();
  }

  std::vector<append_outcome> write(const append_request& append) {
    return pg::batch_writer{pool, {&append, 1}}.run();
  }

  /// Until so many sessions wait for locks of others.
  bool are_blocked(const std::string& sessions) {
    return eventually([&] {
      return look.value("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                        "current_database() AND wait_event_type = 'Lock'")
             == sessions;
    });
  }

  /// Makes changes of a table's rows fail, the first `times` times.
  void disturb(const std::string& table, const std::string& sqlstate,
               const std::string& times) {
    look.script("CREATE SEQUENCE es.tries;"
                "CREATE FUNCTION es.disturb() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN IF nextval('es.tries') <= "
                + times
                + " THEN RAISE EXCEPTION 'others are in the way' USING ERRCODE "
                  "= '"
                + sqlstate
                + "'; END IF; RETURN NULL; END $$;"
                  "CREATE TRIGGER disturb AFTER INSERT OR UPDATE ON "
                + table + " FOR EACH STATEMENT EXECUTE FUNCTION es.disturb()");
  }

  std::string tries() {
    return look.value("SELECT last_value FROM es.tries");
  }
};

} // namespace

// -- real ones ----------------------------------------------------------------

ES_TEST("the victim of a deadlock is tried again and stored, once") {
  contended at;
  at.look.script("CREATE TABLE es.stock (id TEXT PRIMARY KEY, pieces INTEGER);"
                 "INSERT INTO es.stock VALUES ('a', 0), ('b', 0);"
                 "CREATE SEQUENCE es.tries");
  // given: the rival has b and the store has a, which each other wants next
  at.gate.script("SELECT pg_advisory_lock(7)");
  at.rival.script("SET deadlock_timeout = '1h'; BEGIN;"
                  "UPDATE es.stock SET pieces = pieces + 1 WHERE id = 'b'");
  auto sold = an_append("ldg_1", 0);
  sold.statements = {
    {"SELECT nextval('es.tries')", {}},
    {"UPDATE es.stock SET pieces = pieces + 10 WHERE id = 'a'", {}},
    {"SELECT pg_advisory_xact_lock(7)", {}},
    {"UPDATE es.stock SET pieces = pieces + 10 WHERE id = 'b'", {}}};
  // A second try that came before the rival woke would take a again.
  std::future<void> theirs;
  at.during_pause = [&] { theirs.wait(); };
  auto ours = std::async(std::launch::async, [&] { return at.write(sold); });
  ES_CHECK(at.are_blocked("1"));
  theirs = std::async(std::launch::async, [&] {
    at.rival.script("UPDATE es.stock SET pieces = pieces + 1 WHERE id = 'a';"
                    "COMMIT");
  });
  ES_CHECK(at.are_blocked("2"));
  // when: the store goes on
  at.gate.script("SELECT pg_advisory_unlock(7)");
  const auto outcomes = ours.get();
  theirs.get();
  // then: it was ended, paused, and told the truth
  ES_REQUIRE(outcomes.size() == 1);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK_EQ(at.tries(), "2");
  ES_REQUIRE(at.pauses.size() == 1);
  ES_CHECK(at.pauses[0] == 4ms);
  ES_CHECK_EQ(at.look.value("SELECT string_agg(pieces::text, ' ' ORDER BY id) "
                            "FROM es.stock"),
              "11 11");
  ES_CHECK_EQ(must(at.store->load_events("ldg_1", 1, 10)).size(), 1u);
}

ES_TEST("what can't be serialized is tried again and stored, once") {
  contended at;
  // given: a row that the rival is about to move to another partition, where
  // whoever waits for it can't follow it
  at.look.script("CREATE TABLE es.stock (id TEXT, place TEXT, pieces INTEGER) "
                 "PARTITION BY LIST (place);"
                 "CREATE TABLE es.shop PARTITION OF es.stock FOR VALUES IN "
                 "('shop');"
                 "CREATE TABLE es.cellar PARTITION OF es.stock FOR VALUES IN "
                 "('cellar');"
                 "INSERT INTO es.stock VALUES ('a', 'shop', 0);"
                 "CREATE SEQUENCE es.tries");
  at.rival.script("BEGIN; UPDATE es.stock SET place = 'cellar'");
  auto sold = an_append("ldg_1", 0);
  sold.statements = {{"SELECT nextval('es.tries')", {}},
                     {"UPDATE es.stock SET pieces = pieces + 1", {}}};
  auto ours = std::async(std::launch::async, [&] { return at.write(sold); });
  ES_CHECK(at.are_blocked("1"));
  // when: the row is moved
  at.rival.script("COMMIT");
  const auto outcomes = ours.get();
  // then
  ES_REQUIRE(outcomes.size() == 1);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK_EQ(at.tries(), "2");
  ES_CHECK_EQ(at.pauses.size(), 1u);
  ES_CHECK_EQ(at.look.value("SELECT place || pieces FROM es.stock"), "cellar1");
  ES_CHECK_EQ(must(at.store->load_events("ldg_1", 1, 10)).size(), 1u);
}

// -- as often as the setting says ---------------------------------------------

ES_TEST("pauses grow until a transaction passes") {
  contended at;
  at.disturb("es.events", "40001", "3");
  ES_CHECK(is_committed(at.write(an_append("ldg_1", 0)).at(0)));
  ES_CHECK(at.pauses == std::vector<microseconds>({4ms, 8ms, 16ms}));
}

ES_TEST("what never passes is given up, and nothing of it is stored") {
  contended at;
  at.disturb("es.events", "40P01", "1000");
  const auto outcome = at.write(an_append("ldg_1", 0)).at(0);
  ES_CHECK(is_refused(outcome, errc::unavailable));
  ES_CHECK(outcome.error.message.find("40P01") != std::string::npos);
  ES_CHECK_EQ(at.pauses.size(), 5u);
  ES_CHECK_EQ(at.tries(), "6");
  ES_CHECK_EQ(must(at.store->scan_events("", 0, 10)).size(), 0u);
}

ES_TEST("a checkpoint that others are in the way of is saved later") {
  contended at;
  const subscription_key key{"sums", {}};
  must(at.store->subscriptions().open(key, {}));
  const auto lease =
    must(at.store->leases().acquire_lease(key.lease_name(), "a", 1h));
  ES_REQUIRE(lease.has_value());
  ES_CHECK(is_committed(at.write(an_append("ldg_1", 0)).at(0)));
  const auto page = must(at.store->log().read({.after = {}}));
  at.disturb("es.subscriptions", "40001", "2");
  pg::postgres_subscriptions subscriptions{at.pool};
  must(subscriptions.save(key, *lease, {}, page.read_to, 1));
  ES_CHECK(at.pauses == std::vector<microseconds>({4ms, 8ms}));
  ES_CHECK(must(at.store->subscriptions().open(key, {})).at == page.read_to);
}

ES_TEST("a lease that others are in the way of is taken later") {
  contended at;
  at.disturb("es.leases", "40P01", "2");
  pg::postgres_leases leases{at.pool};
  ES_CHECK(must(leases.acquire_lease("relay", "a", 1h)).has_value());
  ES_CHECK_EQ(at.pauses.size(), 2u);
}

} // namespace contention_test

// Which versions a batch, or an append alone, has to look for, and which its
// own session has stored.

#include "eventsource/store/postgres/batch_writer.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/postgres/lone_append.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <future>
#include <set>

namespace sessions_test {

using namespace es::store;
using es::errc;
using es::testing::must;
using es::testing::test_database;
namespace pg = es::testing::pg;

namespace {

/// Enough for their rows to be copied.
constexpr int aggregates = 100;

append_request next_event(int number, es::version_t expected,
                          session_number stored_in) {
  append_request append;
  append.aggregate_id = "thing_" + std::to_string(number);
  append.aggregate_type = "thing";
  append.expected_version = expected;
  append.expected_in = stored_in;
  append.occurred_at = es::timestamp{std::chrono::seconds{1'700'000'000}};
  append.events.push_back(
    {.id = "evt_" + std::to_string(number) + "_" + std::to_string(expected),
     .type = "made",
     .data = "{}"});
  return append;
}

std::vector<append_outcome> write(event_store& store, es::version_t expected,
                                  session_number stored_in) {
  std::vector<append_request> batch;
  for (int i = 0; i < aggregates; ++i)
    batch.push_back(next_event(i, expected, stored_in));
  return store.write(batch);
}

/// All committed, in one session.
session_number session_of(const std::vector<append_outcome>& outcomes) {
  std::set<session_number> sessions;
  for (const auto& outcome : outcomes) {
    ES_CHECK(outcome.what == append_outcome::kind::committed);
    sessions.insert(outcome.session);
  }
  ES_REQUIRE(sessions.size() == 1);
  return *sessions.begin();
}

std::string must_have(const std::optional<std::string>& text) {
  ES_REQUIRE(text.has_value());
  return *text;
}

struct fixture {
  /// Writes the next event of one aggregate, in a batch of its own.
  append_outcome write_alone(es::version_t expected, session_number stored_in) {
    return store->write(std::vector{next_event(0, expected, stored_in)}).at(0);
  }

  void lose_event_of_first() {
    link.run("DELETE FROM es.events WHERE aggregate_id = 'thing_0'");
  }
  void expect_first_is_refused(const std::vector<append_outcome>& outcomes) {
    ES_CHECK(outcomes[0].error.code == errc::conflict);
    for (std::size_t i = 1; i < outcomes.size(); ++i)
      ES_CHECK(outcomes[i].what == append_outcome::kind::committed);
    ES_CHECK_EQ(must(store->scan_events("", 0, 1'000)).size(),
                2 * static_cast<std::size_t>(aggregates) - 2);
  }

  test_database database;
  std::shared_ptr<event_store> store = database.open();
  es::testing::observer link = database.observe();
  postgres_settings settings = database.settings();
  pg::connection_pool pool{settings.dsn, "the server", settings};
};

} // namespace

ES_TEST_WITH(fixture, "batches of one thread are stored in one session") {
  const auto first = session_of(write(*store, 0, 0));
  ES_CHECK(first != 0);
  ES_CHECK_EQ(session_of(write(*store, 1, first)), first);
}

// What others remove by hand is found by `esctl verify`.
ES_TEST_WITH(fixture, "what a session has stored itself it does not look for") {
  const auto session = session_of(write(*store, 0, 0));
  lose_event_of_first();
  ES_CHECK_EQ(session_of(write(*store, 1, session)), session);
}

ES_TEST_WITH(fixture, "versions of unknown origin are looked for") {
  session_of(write(*store, 0, 0));
  lose_event_of_first();
  expect_first_is_refused(write(*store, 1, 0));
}

// As after a failover to a standby that had not got the last commits.
ES_TEST_WITH(fixture, "what a session has stored that ended is looked for") {
  const auto session = session_of(write(*store, 0, 0));
  link.end_other_sessions();
  lose_event_of_first();
  const auto outcomes = write(*store, 1, session);
  expect_first_is_refused(outcomes);
  ES_CHECK(outcomes[1].session != session);
}

ES_TEST_WITH(fixture, "what the session of another store has stored is looked "
                      "for") {
  const auto other = database.open();
  const auto session = session_of(write(*other, 0, 0));
  lose_event_of_first();
  expect_first_is_refused(write(*store, 1, session));
}

ES_TEST_WITH(fixture, "what an append that is alone has stored is not looked "
                      "for") {
  const auto first = write_alone(0, 0);
  ES_REQUIRE(first.what == append_outcome::kind::committed);
  ES_CHECK(first.session != 0);
  lose_event_of_first();
  const auto second = write_alone(1, first.session);
  ES_CHECK(second.what == append_outcome::kind::committed);
  ES_CHECK_EQ(second.session, first.session);
}

ES_TEST_WITH(fixture, "an append that is alone looks for what comes from "
                      "elsewhere") {
  const auto first = write_alone(0, 0);
  lose_event_of_first();
  ES_CHECK(write_alone(1, 0).error.code == errc::conflict);
  ES_CHECK(write_alone(1, first.session + 1).error.code == errc::conflict);
  link.end_other_sessions();
  ES_CHECK(write_alone(1, first.session).error.code == errc::conflict);
}

// As behind a pooler that lends another process for each transaction.
ES_TEST_WITH(fixture, "an append that is alone and meets another process than "
                      "the one it was meant for is stored all the same") {
  auto append = next_event(0, 0, 0);
  {
    const auto held = must(pool.acquire());
    const auto first = pg::store_alone(*held, append);
    ES_REQUIRE(first.what == pg::attempt::kind::committed);
    append = next_event(0, 1, first.session);
    held->run_script({"forget", "RESET eventsource.session"});
    const auto missed = pg::store_alone(*held, append);
    ES_CHECK(missed.what == pg::attempt::kind::outrun);
    ES_CHECK_EQ(must(store->scan_events("", 0, 10)).size(), 1u);
  }
  const auto outcomes = pg::batch_writer{pool, {&append, 1}}.run();
  ES_REQUIRE(outcomes.size() == 1);
  ES_CHECK(outcomes[0].what == append_outcome::kind::committed);
  ES_CHECK_EQ(must(store->scan_events("", 0, 10)).size(), 2u);
}

// As a pooler does that resets a session before it is another client's.
ES_TEST_WITH(fixture,
             "a process that has forgotten its name gets another one") {
  const auto held = must(pool.acquire());
  const auto session_now = [&] {
    held->begin();
    const auto session = held->find_session();
    held->commit();
    return session;
  };
  const auto first = session_now();
  ES_CHECK(first != 0);
  ES_CHECK_EQ(session_now(), first);
  held->run_script({"forget", "RESET eventsource.session"});
  const auto second = session_now();
  ES_CHECK(second != 0);
  ES_CHECK(second != first);
  ES_CHECK(!held->session_name(first));
  ES_CHECK(held->session_name(second).has_value());
}

// What was set in a transaction is set no more when that is rolled back.
ES_TEST_WITH(fixture, "a name that was given in a transaction that failed is "
                      "not given again") {
  const auto held = must(pool.acquire());
  held->run_script({"forget", "RESET eventsource.session"});
  held->begin();
  const auto lost = held->find_session();
  held->roll_back();
  held->begin();
  ES_CHECK(held->find_session() != lost);
  held->roll_back();
}

// Some poolers tell another process all that was set in the one before.
ES_TEST_WITH(fixture, "two processes that were told the same word have "
                      "different names") {
  const auto one = must(pool.acquire());
  const auto other = must(pool.acquire());
  std::set<std::string> names;
  for (auto* each : {&*one, &*other}) {
    each->run_script({"tell", "SET eventsource.session = 'word'"});
    each->begin();
    names.insert(must_have(each->session_name(each->find_session())));
    each->roll_back();
  }
  ES_CHECK_EQ(names.size(), 2u);
}

ES_TEST_WITH(fixture, "a thread gets the connection that it had before") {
  const auto lend = [this] { return must(pool.acquire()); };
  std::promise<void> is_taken;
  std::promise<void> may_return;
  const pg::connection* mine = nullptr;
  auto others = std::async(std::launch::async, [&] {
    const auto held = lend();
    is_taken.set_value();
    may_return.get_future().wait();
    return &*held;
  });
  is_taken.get_future().wait();
  {
    const auto held = lend();
    mine = &*held;
  }
  may_return.set_value();
  const auto* theirs = others.get();
  ES_CHECK(mine != theirs);
  // Theirs has rested shorter.
  const auto again = lend();
  ES_CHECK(&*again == mine);
  const auto next = lend();
  ES_CHECK(&*next == theirs);
}

} // namespace sessions_test

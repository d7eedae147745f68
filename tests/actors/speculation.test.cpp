// Promise 5: deciding ahead of the commit makes a busy aggregate fast, and
// nobody can tell.
#include "eventsource/tests/actors/account_world.hpp"

namespace speculation_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;
using testing::code;

namespace {

struct fixture : testing::account_world {
  using account_world::account_world;

  /// Between two calls the clerk's commands are decided and sent as one burst.
  template <class... Commands>
  std::vector<slot<receipt>> burst(Commands... commands) {
    std::vector<slot<receipt>> answers{send<account>(id, commands)...};
    run();
    for (const auto& answer : answers)
      ES_REQUIRE(answer->has_value());
    return answers;
  }

  /// The stored amounts, from version 3 on.
  std::vector<std::string> stored() {
    std::vector<std::string> result;
    version_t version = 0;
    for (const auto& event : events()) {
      ES_CHECK_EQ(event.version, ++version);
      if (version > 2)
        result.push_back(event.type + event.data);
    }
    return result;
  }

  /// Runs all that is ready; how many messages aggregates had.
  std::size_t aggregate_turns() {
    std::size_t turns = 0;
    while (scheduler().ready() > 0) {
      turns += scheduler().name_of_ready(0).starts_with("es.aggregate");
      scheduler().run_once();
    }
    return turns;
  }

  /// Another program acts just before our next append is stored.
  void before_next_write(std::function<void()> act) {
    store().before_write([this, act](std::span<const store::append_request>) {
      store().before_write({});
      act();
    });
  }
};

actors::settings one_append_a_batch() {
  auto how = fixture::quick();
  how.persistence.batch_appends_max = 1;
  return how;
}

/// Each append is a transaction of its own, so that one can fail between
/// others.
struct single : fixture {
  single() : fixture(one_append_a_batch()) {
    // nop
  }
};

actors::settings waiting_for_each_commit() {
  auto how = fixture::quick();
  how.aggregates.in_flight_max = 1;
  return how;
}

struct switched_off : fixture {
  switched_off() : fixture(waiting_for_each_commit()) {
    // nop
  }
};

/// Commits take a second.
actors::settings slow_store() {
  auto how = fixture::quick();
  how.persistence.linger = 1s;
  how.commands.timeout = 300ms;
  return how;
}

struct slow : fixture {
  slow() : fixture(slow_store()) {
    // nop
  }

  void open_slowly() {
    auto opened = send<account>(id, bank::open_account{"Ada"}, {.timeout = 1h});
    auto paid = send<account>(id, bank::deposit{10}, {.timeout = 1h});
    advance(2s);
    ES_REQUIRE(paid->has_value() && **paid);
  }
};

} // namespace

// -- speed --------------------------------------------------------------------

ES_TEST_WITH(fixture, "commands of one aggregate share a transaction") {
  open_with(0);
  auto before = store().write_calls();
  std::vector<slot<receipt>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(send<account>(id, bank::deposit{1}));
  run();
  for (std::size_t i = 0; i < answers.size(); ++i)
    ES_CHECK_EQ((**answers[i])->version, static_cast<version_t>(i + 3));
  ES_CHECK_EQ(stored().size(), 50u);
  ES_CHECK_LT(store().write_calls() - before, 5u);
}

ES_TEST_WITH(switched_off, "with in_flight_max 1 each command waits for the "
                           "commit of the one before") {
  open_with(0);
  auto before = store().write_calls();
  burst(bank::deposit{1}, bank::deposit{2}, bank::deposit{3});
  ES_CHECK_EQ(store().write_calls() - before, 3u);
  ES_CHECK_EQ(stored().size(), 3u);
}

// -- when it does not come true -----------------------------------------------

ES_TEST_WITH(fixture, "after another program took the version, all in flight "
                      "are decided again on what it did, in order") {
  open_with(10);
  before_next_write([this] { foreign_event(3, "withdrawn", 8); });
  auto answers = burst(bank::withdraw{5}, bank::withdraw{2}, bank::deposit{7});
  ES_CHECK(code(**answers[0]) == errc::rejected);
  ES_CHECK((**answers[1]) && (**answers[2]));
  ES_CHECK_EQ(stored(), (std::vector<std::string>{"withdrawn{\"amount\":8}",
                                                  "withdrawn{\"amount\":2}",
                                                  "deposited{\"amount\":7}"}));
}

ES_TEST_WITH(single, "an append that fits by chance what another program did "
                     "is not stored") {
  open_with(10);
  // The foreign event takes the place of the first; the version that the second
  // expects is there now, but not what it was decided on.
  before_next_write([this] { foreign_event(3, "withdrawn", 10); });
  auto answers = burst(bank::withdraw{4}, bank::withdraw{6});
  ES_CHECK(code(**answers[0]) == errc::rejected);
  ES_CHECK(code(**answers[1]) == errc::rejected);
  ES_CHECK_EQ(stored().size(), 1u);
  ES_CHECK_EQ(balance(), 0);
}

ES_TEST_WITH(single, "a rejection that was decided on what was never stored is "
                     "decided again") {
  open_with(10);
  store().fail_next_write({errc::statement_failed, "no such table"});
  auto answers =
    burst(bank::withdraw{10}, bank::withdraw{7}, bank::withdraw{9});
  ES_CHECK(code(**answers[0]) == errc::statement_failed);
  ES_CHECK(**answers[1]);
  ES_CHECK(code(**answers[2]) == errc::rejected);
  ES_CHECK_EQ(balance(), 3);
}

ES_TEST_WITH(single, "a command without events that was decided on what was "
                     "never stored tells the stored version") {
  open_with(10);
  store().fail_next_write({errc::statement_failed, "no such table"});
  auto answers = burst(bank::withdraw{1}, bank::touch{});
  ES_CHECK(code(**answers[0]) == errc::statement_failed);
  ES_REQUIRE(**answers[1]);
  ES_CHECK_EQ((**answers[1])->version, 2);
}

ES_TEST_WITH(fixture, "an aggregate has no turn for a commit that nothing of "
                      "it waits for") {
  open_with(10);
  auto first = send<account>(id, bank::deposit{1});
  ES_CHECK_EQ(aggregate_turns(), 1u);
  ES_REQUIRE(first->has_value() && **first);
  ES_CHECK_EQ(balance(), 11);
}

ES_TEST_WITH(fixture, "a rejection that waits for a commit has its aggregate "
                      "told of that one, and of no later one") {
  open_with(10);
  auto deposit = send<account>(id, bank::deposit{1});
  auto rejected = send<account>(id, bank::withdraw{100});
  ES_CHECK_EQ(aggregate_turns(), 3u);
  ES_REQUIRE(deposit->has_value() && **deposit);
  ES_REQUIRE(rejected->has_value());
  ES_CHECK(code(**rejected) == errc::rejected);
  auto later = send<account>(id, bank::deposit{1});
  ES_CHECK_EQ(aggregate_turns(), 1u);
  ES_CHECK(later->has_value() && **later);
}

ES_TEST_WITH(fixture, "an append says in which session the one before it was "
                      "stored") {
  open_with(10);
  store::session_number said = 0;
  store().before_write([&](std::span<const store::append_request> batch) {
    said = batch.front().expected_in;
  });
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK(said != 0);
}

ES_TEST_WITH(single, "a failed append fails its own command only; the others "
                     "keep their order") {
  open_with(0);
  store().fail_next_write({errc::invalid, "no"});
  auto answers = burst(bank::deposit{1}, bank::deposit{2}, bank::deposit{3});
  ES_CHECK(code(**answers[0]) == errc::invalid);
  ES_CHECK_EQ((**answers[1])->version, 3);
  ES_CHECK_EQ((**answers[2])->version, 4);
  ES_CHECK_EQ(stored(), (std::vector<std::string>{"deposited{\"amount\":2}",
                                                  "deposited{\"amount\":3}"}));
}

ES_TEST_WITH(single, "after an append whose fate is unknown, what follows is "
                     "decided on what the store has") {
  open_with(10);
  store().lose_next_commit_answer();
  auto answers = burst(bank::withdraw{10}, bank::withdraw{1});
  ES_CHECK(code(**answers[0]) == errc::in_doubt);
  ES_CHECK(code(**answers[1]) == errc::rejected);
  ES_CHECK_EQ(stored().size(), 1u);
}

ES_TEST_WITH(single, "an outage fails what was in flight and what is behind "
                     "it, and the next command works") {
  open_with(10);
  store().fail_next_write({errc::unavailable, "away"});
  store().fail_next_recover({errc::unavailable, "away"});
  auto answers = burst(bank::deposit{1}, bank::deposit{2});
  ES_CHECK(code(**answers[0]) == errc::unavailable);
  ES_CHECK(code(**answers[1]) == errc::unavailable);
  ES_CHECK(execute<account>(id, bank::deposit{3}));
  ES_CHECK_EQ(balance(), 13);
}

ES_TEST_WITH(single, "a caller's expected version holds against what was "
                     "stored, not what was hoped for") {
  open_with(10);
  store().fail_next_write({errc::statement_failed, "no such table"});
  auto first = send<account>(id, bank::deposit{1});
  auto second = send<account>(id, bank::deposit{2}, {.expected_version = 3});
  auto third = send<account>(id, bank::deposit{3}, {.expected_version = 2});
  run();
  ES_CHECK(code(**first) == errc::statement_failed);
  ES_CHECK(code(**second) == errc::conflict);
  // It was refused by what was in flight, which then failed.
  ES_CHECK(**third);
  ES_CHECK_EQ(stored().size(), 1u);
}

// -- repeats ------------------------------------------------------------------

ES_TEST_WITH(fixture, "a repeat in flight behind its first gets the same "
                      "receipt, and what follows both is stored once") {
  open_with(10);
  command_options once{.command_id = "cmd-1"};
  auto first = send<account>(id, bank::withdraw{4}, once);
  auto repeat = send<account>(id, bank::withdraw{4}, once);
  auto next = send<account>(id, bank::withdraw{6});
  run();
  ES_REQUIRE(first->has_value() && repeat->has_value() && next->has_value());
  ES_CHECK(***first == ***repeat);
  ES_CHECK_EQ((**next)->version, 4);
  ES_CHECK_EQ(balance(), 0);
}

ES_TEST_WITH(fixture, "a repeat that its first in flight makes impossible gets "
                      "the first receipt") {
  open_with(10);
  command_options once{.command_id = "cmd-1"};
  auto first = send<account>(id, bank::withdraw{10}, once);
  auto repeat = send<account>(id, bank::withdraw{10}, once);
  auto other = send<account>(id, bank::withdraw{10});
  run();
  ES_REQUIRE(repeat->has_value() && **repeat);
  ES_CHECK(***first == ***repeat);
  ES_CHECK(code(**other) == errc::rejected);
}

// -- deadlines ----------------------------------------------------------------

ES_TEST_WITH(slow, "a caller is told at its deadline that the outcome is not "
                   "known, and the store's late answer harms nothing") {
  open_slowly();
  auto answer = send<account>(id, bank::withdraw{4});
  advance(299ms);
  ES_CHECK(!answer->has_value());
  advance(1ms);
  ES_REQUIRE(answer->has_value());
  ES_CHECK(code(**answer) == errc::in_doubt);
  advance(1s);
  ES_CHECK_EQ(balance(), 6);
}

ES_TEST_WITH(slow, "each caller has its own deadline") {
  open_slowly();
  auto patient = send<account>(id, bank::deposit{1}, {.timeout = 10s});
  auto normal = send<account>(id, bank::deposit{1});
  auto hasty = send<account>(id, bank::deposit{1}, {.timeout = 50ms});
  advance(50ms);
  ES_CHECK(!patient->has_value() && !normal->has_value());
  ES_REQUIRE(hasty->has_value());
  ES_CHECK(code(**hasty) == errc::in_doubt);
  advance(250ms);
  ES_CHECK(!patient->has_value());
  ES_CHECK(code(**normal) == errc::in_doubt);
  advance(1s);
  ES_REQUIRE(patient->has_value());
  ES_CHECK((**patient)->version == 3);
  ES_CHECK_EQ(balance(), 13);
}

ES_TEST_WITH(slow, "a command that did not get its turn in time is never "
                   "executed") {
  open_slowly();
  auto how = slow_store();
  how.aggregates.in_flight_max = 1;
  reconfigure(how);
  auto first = send<account>(id, bank::deposit{1}, {.timeout = 10s});
  auto second = send<account>(id, bank::deposit{2});
  advance(300ms);
  ES_REQUIRE(second->has_value());
  ES_CHECK(code(**second) == errc::timeout);
  advance(5s);
  ES_REQUIRE(first->has_value() && **first);
  ES_CHECK_EQ(balance(), 11);
}

// -- stopping -----------------------------------------------------------------

ES_TEST_WITH(fixture, "an aggregate stops only after all its flights have "
                      "landed") {
  open_with(10);
  auto how = quick();
  how.aggregates.live_max = 1;
  reconfigure(how);
  std::vector<slot<receipt>> answers;
  for (int i = 0; i < 10; ++i)
    answers.push_back(send<account>(id, bank::deposit{1}));
  // Another aggregate pushes ours out of memory.
  auto other = send<account>(new_id<account>(), bank::open_account{"Bob"});
  auto late = send<account>(id, bank::deposit{1});
  run();
  for (const auto& answer : answers)
    ES_CHECK(answer->has_value() && **answer);
  ES_CHECK(other->has_value() && **other);
  ES_CHECK_EQ((**late)->version, 13);
}

} // namespace speculation_test

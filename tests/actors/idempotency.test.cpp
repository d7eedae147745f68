// A command id is executed once per aggregate (promise 11).
#include "eventsource/testing/world/test_runtime.hpp"
#include "eventsource/tests/actors/account_world.hpp"

#include <set>

namespace idempotency_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;
using testing::code;

namespace {

struct fixture : testing::account_world {
  using account_world::account_world;

  static command_options with_id(std::string command_id) {
    command_options once;
    once.command_id = std::move(command_id);
    return once;
  }
};

/// Command ids are remembered for an hour.
struct forgetful : fixture {
  static actors::settings an_hour() {
    auto how = quick();
    how.commands.ids_kept_for = 1h;
    return how;
  }
  forgetful() : fixture(an_hour()) {
    // nop
  }
};

} // namespace

// -- repeats ------------------------------------------------------------------

ES_TEST_WITH(fixture, "a repeated command id gets the first receipt and stores "
                      "nothing") {
  command_options once;
  once.command_id = "cmd-1";
  auto first = execute<account>(id, bank::open_account{"Ada"}, once);
  ES_REQUIRE(first);
  ES_REQUIRE(execute<account>(id, bank::deposit{5}));
  // The repeat would be rejected by the domain, which must not show.
  auto second = execute<account>(id, bank::open_account{"Ada"}, once);
  ES_REQUIRE(second);
  ES_CHECK(*first == *second);
  ES_CHECK_EQ(events().size(), 2u);
}

ES_TEST_WITH(fixture, "a repeat that would be accepted again is not executed "
                      "again, also after a restart") {
  open_with(10);
  command_options once;
  once.command_id = "cmd-1";
  auto first = execute<account>(id, bank::deposit{5}, once);
  ES_REQUIRE(first);
  ES_CHECK(*execute<account>(id, bank::deposit{5}, once) == *first);
  restart();
  ES_CHECK(*execute<account>(id, bank::deposit{5}, once) == *first);
  ES_CHECK_EQ(balance(), 15);
}

ES_TEST_WITH(fixture, "two of the same command id at once are executed once") {
  open_with(10);
  command_options once;
  once.command_id = "cmd-1";
  auto a = send<account>(id, bank::deposit{5}, once);
  auto b = send<account>(id, bank::deposit{5}, once);
  run();
  ES_REQUIRE(a->has_value() && b->has_value());
  ES_CHECK(***a == ***b);
  ES_CHECK_EQ(balance(), 15);
}

ES_TEST_WITH(fixture, "a repeat with an expected version that has passed gets "
                      "the first receipt") {
  open_with(10);
  command_options once{.expected_version = 2, .command_id = "cmd-1"};
  auto first = execute<account>(id, bank::deposit{5}, once);
  ES_REQUIRE(first);
  ES_CHECK(*execute<account>(id, bank::deposit{5}, once) == *first);
}

ES_TEST_WITH(fixture, "a rejected command id is free: it can be sent again "
                      "when the state allows it") {
  open_with(10);
  command_options once;
  once.command_id = "cmd-1";
  ES_CHECK(code(execute<account>(id, bank::withdraw{20}, once))
           == errc::rejected);
  ES_REQUIRE(execute<account>(id, bank::deposit{20}));
  ES_CHECK(execute<account>(id, bank::withdraw{20}, once));
}

ES_TEST_WITH(fixture, "a command id of a command without events is remembered "
                      "too") {
  open_with(10);
  command_options once;
  once.command_id = "cmd-1";
  auto first = execute<account>(id, bank::touch{}, once);
  ES_REQUIRE(first);
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK(*execute<account>(id, bank::touch{}, once) == *first);
}

ES_TEST_WITH(fixture, "a repeat after a passivation gets the first receipt") {
  open_with(10);
  auto first = execute<account>(id, bank::deposit{5}, with_id("cmd-1"));
  ES_REQUIRE(first);
  const auto recovered = store().recovered_aggregates();
  advance(5min);
  ES_CHECK(*execute<account>(id, bank::deposit{5}, with_id("cmd-1")) == *first);
  ES_CHECK_EQ(balance(), 15);
  ES_CHECK_LT(recovered, store().recovered_aggregates());
}

ES_TEST_WITH(fixture, "a repeat while the first one is still being committed "
                      "waits for its receipt, also when it would be rejected "
                      "by then") {
  open_with(10);
  auto first = send<account>(id, bank::withdraw{10}, with_id("cmd-1"));
  auto repeat = send<account>(id, bank::withdraw{10}, with_id("cmd-1"));
  auto another = send<account>(id, bank::withdraw{10}, with_id("cmd-2"));
  run();
  ES_REQUIRE(first->has_value() && **first);
  ES_REQUIRE(repeat->has_value() && **repeat);
  ES_CHECK(***first == ***repeat);
  ES_REQUIRE(another->has_value());
  ES_CHECK(code(**another) == errc::rejected);
}

// -- many of them -------------------------------------------------------------

ES_TEST("many repeats for one aggregate are found together, not one a "
        "transaction") {
  // given: as many commands as may wait, executed before a restart
  testing::test_runtime world{testing::account_world::types()};
  const auto id = world.new_id<account>();
  world.accept<account>(id, bank::open_account{"Ada"}, fixture::with_id("0"));
  auto send_all = [&](std::int64_t count) {
    std::vector<testing::pending_answer<receipt>> answers;
    for (std::int64_t i = 1; i <= count; ++i)
      answers.push_back(world.send<account>(
        id, bank::deposit{i}, fixture::with_id(std::to_string(i))));
    world.run();
    return answers;
  };
  const auto first = send_all(1000);
  world.crash();
  const auto commits = world.faults().commits();
  // when: they come again, with others behind them
  const auto second = send_all(1020);
  // then
  ES_CHECK_LE(world.faults().commits() - commits, 4u);
  for (std::size_t i = 0; i < first.size(); ++i)
    ES_REQUIRE(*second[i].get() == *first[i].get());
  for (std::size_t i = first.size(); i < second.size(); ++i)
    ES_CHECK_EQ(second[i].get()->version, static_cast<version_t>(i) + 2);
}

ES_TEST_WITH(fixture, "a repeat among new commands takes its turn: none is "
                      "lost, none is executed twice") {
  open_with(10);
  std::vector<slot<receipt>> answers;
  auto deposit = [&](const std::string& command_id) {
    answers.push_back(send<account>(id, bank::deposit{1}, with_id(command_id)));
  };
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i <= 40 * (round + 1); ++i) {
      deposit("old-" + std::to_string(i / 2));
      if (i % 3 == 0)
        run();
    }
  run();
  // The ids were 0 to 60, the first time each in the order of the numbers.
  ES_CHECK_EQ(balance(), 10 + 61);
  std::set<version_t> versions;
  for (auto& answer : answers) {
    ES_REQUIRE(answer->has_value() && **answer);
    versions.insert((**answer)->version);
  }
  ES_CHECK_EQ(versions.size(), 61u);
}

// -- first tries that failed --------------------------------------------------

ES_TEST_WITH(fixture, "a command whose first try stored nothing is executed by "
                      "its repeat") {
  open_with(10);
  for (auto why : {errc::statement_failed, errc::in_doubt}) {
    const auto before = balance();
    const auto once = with_id("cmd-" + std::string(to_string(why)));
    store().fail_next_write({why, "so the test wants it"});
    ES_CHECK(code(execute<account>(id, bank::deposit{5}, once)) == why);
    ES_CHECK_EQ(balance(), before);
    auto second = execute<account>(id, bank::deposit{5}, once);
    ES_REQUIRE(second);
    ES_CHECK_EQ(balance(), before + 5);
    ES_CHECK(*execute<account>(id, bank::deposit{5}, once) == *second);
  }
}

ES_TEST_WITH(fixture, "a command whose first try was stored and not answered "
                      "gets that try's receipt from its repeat") {
  open_with(10);
  const auto once = with_id("cmd-1");
  store().lose_next_commit_answer();
  ES_CHECK(code(execute<account>(id, bank::deposit{5}, once))
           == errc::in_doubt);
  auto repeat = execute<account>(id, bank::deposit{5}, once);
  ES_REQUIRE(repeat);
  ES_CHECK_EQ(repeat->version, 3);
  ES_CHECK(repeat->event_ids == std::vector{events().back().id});
  ES_CHECK_EQ(balance(), 15);
}

ES_TEST_WITH(fixture, "a command that waited too long is executed by its "
                      "repeat") {
  open_with(10);
  auto once = with_id("cmd-1");
  once.timeout = 0ms;
  ES_CHECK(code(execute<account>(id, bank::deposit{5}, once)) == errc::timeout);
  once.timeout.reset();
  ES_CHECK(execute<account>(id, bank::deposit{5}, once));
  ES_CHECK_EQ(balance(), 15);
}

// -- how long they are remembered ---------------------------------------------

ES_TEST_WITH(forgetful, "a command id is remembered as long as the setting "
                        "says, and not much longer") {
  open_with(10);
  auto first = execute<account>(id, bank::deposit{5}, with_id("cmd-1"));
  ES_REQUIRE(first);
  advance(59min);
  ES_CHECK(*execute<account>(id, bank::deposit{5}, with_id("cmd-1")) == *first);
  advance(2min);
  ES_CHECK(!store().find_receipt(id, "cmd-1").value());
  auto again = execute<account>(id, bank::deposit{5}, with_id("cmd-1"));
  ES_REQUIRE(again);
  ES_CHECK_EQ(again->version, first->version + 1);
  ES_CHECK_EQ(balance(), 20);
}

ES_TEST_WITH(forgetful, "however many command ids are old, they are forgotten "
                        "at one look, batch by batch, and the young stay") {
  open_with(10);
  for (int i = 0; i < 2'500; ++i)
    send<account>(id, bank::deposit{1}, with_id("old-" + std::to_string(i)));
  run();
  advance(30min);
  ES_REQUIRE(execute<account>(id, bank::deposit{1}, with_id("young")));
  ES_CHECK_EQ(store().stats()->commands_remembered, 2'501);
  advance(31min);
  ES_CHECK_EQ(store().stats()->commands_remembered, 1);
  ES_CHECK(store().find_receipt(id, "young").value().has_value());
}

ES_TEST_WITH(fixture, "command ids are kept for ever if the setting says so") {
  auto how = quick();
  how.commands.ids_kept_for = 0h;
  reconfigure(how);
  open_with(10);
  auto first = execute<account>(id, bank::deposit{5}, with_id("cmd-1"));
  ES_REQUIRE(first);
  advance(24h);
  ES_CHECK(*execute<account>(id, bank::deposit{5}, with_id("cmd-1")) == *first);
}

} // namespace idempotency_test

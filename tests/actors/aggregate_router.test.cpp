#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/kit/test_world.hpp"

namespace aggregate_router_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;

namespace {

struct fixture : testing::test_world<caf::id_block::bank> {
  explicit fixture(actors::settings how = quick()) : test_world(types(), how) {
    // nop
  }

  static type_registry types() {
    type_registry all;
    if (auto ok = all.add(type_of<account>()); !ok)
      throw std::runtime_error(to_string(ok.error()));
    return all;
  }

  std::string opened() {
    auto id = new_id<account>();
    ES_REQUIRE(execute<account>(id, bank::open_account{"Ada"}));
    return id;
  }

  /// How often aggregates were loaded: an actor that lives is not loaded again.
  std::size_t loads() {
    return store().recovered_aggregates();
  }
};

struct three_live : fixture {
  static actors::settings limits() {
    auto how = quick();
    how.aggregates.live_max = 3;
    return how;
  }
  three_live() : fixture(limits()) {
    // nop
  }
};

} // namespace

ES_TEST_WITH(fixture, "an id of the wrong prefix or form is refused as invalid "
                      "and starts nothing") {
  auto good = new_id<account>();
  for (const std::string& id :
       {std::string{}, std::string{"acc_"}, std::string{"acc_short"},
        "org_" + good.substr(4), good + "x", good.substr(4),
        "acc_" + std::string(27, '!'), good + std::string(1, '\0')}) {
    auto answer = execute<account>(id, bank::open_account{"Ada"});
    ES_REQUIRE(!answer);
    ES_CHECK(answer.error().code == errc::invalid);
    auto asked = state<account>(id);
    ES_REQUIRE(!asked);
    ES_CHECK(asked.error().code == errc::invalid);
  }
  ES_CHECK_EQ(loads(), 0u);
}

ES_TEST_WITH(fixture, "an aggregate is loaded once for many commands") {
  auto id = opened();
  for (int i = 0; i < 10; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(loads(), 1u);
}

ES_TEST_WITH(fixture, "an idle aggregate is passivated and its next command "
                      "recovers it") {
  auto id = opened();
  advance(119s);
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(loads(), 1u);
  advance(122s);
  auto answer = execute<account>(id, bank::deposit{1});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->version, 3);
  ES_CHECK_EQ(loads(), 2u);
}

ES_TEST_WITH(three_live, "above the bound the least recently used aggregate is "
                         "passivated") {
  auto a = opened();
  auto b = opened();
  auto c = opened();
  ES_REQUIRE(execute<account>(a, bank::deposit{1}));
  auto d = opened(); // b goes
  ES_CHECK_EQ(loads(), 4u);
  for (const auto& id : {a, c, d})
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(loads(), 4u);
  ES_REQUIRE(execute<account>(b, bank::deposit{1}));
  ES_CHECK_EQ(loads(), 5u);
}

ES_TEST_WITH(three_live, "no command is lost and none is reordered while "
                         "aggregates come and go") {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i)
    ids.push_back(new_id<account>());
  std::vector<slot<receipt>> answers;
  for (const auto& id : ids)
    answers.push_back(send<account>(id, bank::open_account{"Ada"}));
  for (int round = 1; round <= 10; ++round)
    for (const auto& id : ids)
      answers.push_back(send<account>(id, bank::deposit{round}));
  run();
  for (auto& answer : answers)
    ES_CHECK(answer->has_value() && **answer);
  for (const auto& id : ids) {
    auto events = store().load_events(id, 2, 100).value();
    ES_REQUIRE_EQ(events.size(), 10u);
    for (int round = 1; round <= 10; ++round)
      ES_CHECK_EQ(events[static_cast<std::size_t>(round - 1)].data,
                  "{\"amount\":" + std::to_string(round) + "}");
  }
}

ES_TEST_WITH(fixture,
             "a command that comes exactly when its aggregate is being "
             "passivated goes to the next incarnation") {
  auto id = opened();
  // The sweep and the command are both in mailboxes at once.
  advance(120s);
  auto answer = send<account>(id, bank::deposit{1});
  advance(1s);
  auto later = send<account>(id, bank::deposit{2});
  run();
  ES_REQUIRE(answer->has_value() && **answer);
  ES_REQUIRE(later->has_value() && **later);
  ES_CHECK_EQ((**later)->version, 3);
}

ES_TEST_WITH(fixture,
             "the typed handle answers commands, commands with options "
             "and state queries") {
  auto id = new_id<account>();
  auto handle = runtime().handle<account>();
  ES_REQUIRE(handle);
  std::optional<receipt> opened_answer;
  std::optional<errc> conflict;
  std::optional<std::int64_t> seen;
  system().spawn([&](caf::event_based_actor* self) {
    using actors::compat::ask;
    ask(self, *handle, caf::infinite, id, bank::open_account{"Ada"})
      .then([&](const receipt& answer) { opened_answer = answer; });
    ask(self, *handle, caf::infinite, id, bank::deposit{5},
        command_options{.expected_version = 7})
      .then([](const receipt&) {},
            [&](const caf::error& e) { conflict = actors::code_of(e); });
    ask(self, *handle, caf::infinite, id, bank::deposit{5}, command_options{})
      .then([](const receipt&) {});
  });
  run();
  system().spawn([&](caf::event_based_actor* self) {
    actors::compat::ask(self, *handle, caf::infinite, id, actors::get_state{})
      .then([&](const actors::current_state& now) {
        seen = now.as<account>().value()->balance;
      });
  });
  run();
  ES_REQUIRE(opened_answer.has_value());
  ES_CHECK_EQ(opened_answer->version, 1);
  ES_CHECK(conflict == errc::conflict);
  ES_CHECK(seen == 5);
}

ES_TEST_WITH(fixture, "asking for an aggregate type that is not registered is "
                      "not_found") {
  auto router = runtime().find_router("invoice");
  ES_REQUIRE(!router);
  ES_CHECK(router.error().code == errc::not_found);
}

} // namespace aggregate_router_test

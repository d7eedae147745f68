#include "eventsource/actors/admission.hpp"

#include "eventsource/tests/actors/account_world.hpp"

namespace admission_test {

using namespace es;
using namespace es::testing;
using bank::account;

namespace {

constexpr std::size_t bound = 3;

/// A runtime that takes three commands or queries at once.
struct narrow_world : account_world {
  narrow_world() : account_world(narrow()) {
    // nop
  }

  static actors::settings narrow() {
    auto how = quick();
    how.commands.unanswered_max = bound;
    return how;
  }

  /// How the commands of an actor that does not wait were answered.
  struct tally {
    int accepted = 0;
    int overloaded = 0;
    int others = 0;
  };

  /// Sends the same `count` times from one actor in one turn.
  template <class Answer, class Message>
  std::shared_ptr<tally> send_from_actor(int count, Message message) {
    auto answers = std::make_shared<tally>();
    auto handle = runtime().handle<account>();
    system().spawn([=, this](caf::event_based_actor* self) {
      for (int i = 0; i < count; ++i)
        actors::compat::ask(self, *handle, caf::infinite, id, message)
          .then([answers](const Answer&) { ++answers->accepted; },
                [answers, this](const caf::error& e) {
                  auto why = actors::from_caf(system(), e);
                  ++(why.code == errc::overloaded ? answers->overloaded
                                                  : answers->others);
                });
    });
    run();
    return answers;
  }
};

} // namespace

ES_TEST("a ticket counts until it ends, and its copy by itself") {
  actors::admission door{2};
  auto first = door.admit({});
  ES_REQUIRE(first);
  {
    auto copy = *first;
    ES_CHECK_EQ(door.unanswered(), 2u);
    ES_CHECK(!door.admit({}));
    auto moved = std::move(copy);
    ES_CHECK_EQ(door.unanswered(), 2u);
  }
  ES_CHECK_EQ(door.unanswered(), 1u);
  ES_CHECK_EQ(door.room_beside(1).value(), 0u);
  ES_CHECK(!door.room_beside(2));
  *first = {};
  ES_CHECK_EQ(door.unanswered(), 0u);
}

ES_TEST("as many wait before a door as there is room for behind it") {
  actors::admission door{200};
  actors::waiting_line line{door};
  std::vector<actors::ticket> inside(50);
  for (auto& one : inside)
    one = door.admit({}).value();
  const auto join_all = [&] {
    int joined = 0;
    while (line.join())
      ++joined;
    return joined;
  };
  ES_CHECK_EQ(join_all(), 150);
  ES_CHECK(!line.join());
  // Who goes in takes as much room there as outside.
  for (int i = 0; i < 70; ++i) {
    line.leave();
    inside.push_back(door.admit({}).value());
  }
  ES_CHECK(!line.join());
  inside.resize(20);
  ES_CHECK_EQ(join_all(), 100);
}

ES_TEST("two lines before one door hold at most so many more as neither looks "
        "at") {
  constexpr auto more = actors::waiting_line::unlooked_max;
  actors::admission door{1'000};
  actors::waiting_line first{door};
  actors::waiting_line second{door};
  std::vector<actors::ticket> inside;
  ES_REQUIRE(first.join());
  // Each of the others goes in at once.
  while (second.join()) {
    second.leave();
    if (auto taken = door.admit({}))
      inside.push_back(std::move(*taken));
  }
  std::size_t waiting = 1;
  while (first.join())
    ++waiting;
  ES_CHECK_EQ(door.unanswered(), 1'000u);
  ES_CHECK(waiting <= more + 1);
}

ES_TEST_WITH(narrow_world, "a command above the runtime's bound is refused "
                           "before anything runs, and there is room again "
                           "after an answer") {
  std::vector<slot<receipt>> answers;
  answers.push_back(send<account>(id, bank::open_account{"Ada"}));
  for (int i = 0; i < 4; ++i)
    answers.push_back(send<account>(id, bank::deposit{1}));
  for (std::size_t i = 0; i < answers.size(); ++i)
    ES_CHECK_EQ(answers[i]->has_value(), i >= bound);
  run();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ES_REQUIRE(answers[i]->has_value());
    if (i < bound)
      ES_CHECK((**answers[i]).has_value());
    else
      ES_CHECK(code(**answers[i]) == errc::overloaded);
  }
  ES_CHECK_EQ(events().size(), bound);
  ES_CHECK(execute<account>(id, bank::deposit{1}));
}

ES_TEST_WITH(narrow_world, "an actor that sends without waiting is refused "
                           "above the bound") {
  open_with(1);
  for (int round = 1; round <= 2; ++round) {
    auto answers = send_from_actor<receipt>(10, bank::deposit{1});
    ES_CHECK_EQ(answers->accepted, 3);
    ES_CHECK_EQ(answers->overloaded, 7);
    ES_CHECK_EQ(answers->others, 0);
    ES_CHECK_EQ(balance(), 1 + 3 * round);
  }
}

ES_TEST_WITH(narrow_world, "commands of which nobody wants the answer are "
                           "bounded as well") {
  open_with(1);
  auto handle = runtime().handle<account>();
  for (int i = 0; i < 10; ++i)
    actors::compat::tell_anonymously(*handle, id, bank::deposit{1});
  run();
  ES_CHECK_EQ(balance(), 1 + 3);
}

ES_TEST_WITH(narrow_world, "queries count as commands do") {
  open_with(1);
  auto answers =
    send_from_actor<actors::current_state>(10, actors::get_state{});
  ES_CHECK_EQ(answers->accepted, 3);
  ES_CHECK_EQ(answers->overloaded, 7);
  ES_CHECK_EQ(balance(), 1);
}

ES_TEST_WITH(narrow_world, "messages that no aggregate understands take no "
                           "room for ever") {
  open_with(1);
  auto router = runtime().find_router("account");
  ES_REQUIRE(router);
  for (int i = 0; i < 10; ++i)
    actors::compat::tell_anonymously(*router, id, 42);
  run();
  auto answers = send_from_actor<receipt>(3, bank::deposit{1});
  ES_CHECK_EQ(answers->accepted, 3);
}

ES_TEST_WITH(narrow_world, "a command from another node is counted by the "
                           "router, once") {
  open_with(1);
  auto router = runtime().find_router("account");
  ES_REQUIRE(router);
  for (int i = 0; i < 10; ++i)
    actors::compat::tell_anonymously(
      *router,
      actors::submit_command{id, any_command::of(bank::deposit{1}), {}});
  run();
  ES_CHECK_EQ(balance(), 1 + 3);
  ES_CHECK(execute<account>(id, bank::deposit{1}));
}

} // namespace admission_test

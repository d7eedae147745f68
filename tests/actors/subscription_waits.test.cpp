#include "eventsource/tests/actors/subscribed.hpp"

namespace subscription_waits_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

struct waiting : subscribed {
  std::optional<result<void>> answer;

  void wait(const receipt& stored, std::chrono::milliseconds timeout = 10s) {
    answer.reset();
    runtime().subscriptions().wait_for(
      "mirror", stored, timeout,
      [this](result<void> outcome) { answer = std::move(outcome); });
    run();
  }

  bool failed_with(errc code) {
    return answer && !*answer && answer->error().code == code;
  }
};

} // namespace

ES_TEST_WITH(waiting, "a caller that waits with its receipt is answered when "
                      "the subscription has got there") {
  subscribe({.name = "mirror"});
  broken = true;
  const auto stored = execute<bank::account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  wait(*stored, 1h);
  ES_CHECK(!answer);
  broken = false;
  advance(1s);
  ES_REQUIRE(answer);
  ES_CHECK(answer->has_value());
  wait(*stored);
  ES_REQUIRE(answer);
  ES_CHECK(answer->has_value());
}

ES_TEST_WITH(waiting, "a wait that takes too long says that the event is "
                      "stored") {
  const auto stored = execute<bank::account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  wait(*stored);
  advance(9s);
  ES_CHECK(!answer);
  advance(2s);
  ES_CHECK(failed_with(errc::timeout));
  ES_CHECK(answer->error().message.find("is stored") != std::string::npos);
}

ES_TEST_WITH(waiting, "a wait for ever lasts") {
  const auto stored = execute<bank::account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  wait(*stored, std::chrono::milliseconds::max());
  advance(1h);
  ES_CHECK(!answer);
  subscribe({.name = "mirror"});
  advance(1s);
  ES_REQUIRE(answer);
  ES_CHECK(answer->has_value());
}

ES_TEST_WITH(waiting, "a wait for what is not stored is refused") {
  subscribe({.name = "mirror"});
  wait({.aggregate_id = id, .version = 7, .event_ids = {}});
  ES_CHECK(failed_with(errc::not_found));
}

ES_TEST("waits are bounded, and all are answered when the runtime ends") {
  auto how = subscribed::few_at_once();
  how.subscriptions.waits_max = 1;
  int answers = 0;
  waiting world;
  world.reconfigure(how);
  const auto stored =
    world.execute<bank::account>(world.id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  world.runtime().subscriptions().wait_for(
    "mirror", *stored, 1h, [&](const result<void>& x) {
      ++answers;
      ES_CHECK(!x && x.error().code == errc::unavailable);
    });
  world.run();
  world.wait(*stored);
  ES_CHECK(world.failed_with(errc::overloaded));
  world.restart();
  ES_CHECK_EQ(answers, 1);
}

} // namespace subscription_waits_test

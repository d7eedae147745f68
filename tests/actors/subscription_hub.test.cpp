#include "eventsource/actors/subscription_hub.hpp"

#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <barrier>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace subscription_hub_test {

using namespace es::actors;
using namespace std::chrono_literals;

namespace {

/// A hub, a writer that rings its bell, and a reader that counts what it is
/// asked, which is to send hints.
struct hub_world {
  es::testing::test_config<> config;
  caf::actor_system system{config};
  es::testing::test_scheduler scheduler{system};
  std::shared_ptr<commit_bell> bell = std::make_shared<commit_bell>();
  int hints = 0;
  int messages = 0;
  caf::actor reader = system.spawn([this]() -> caf::behavior {
    return {[this](const run_on_store&) {
      ++hints;
      return store_asked{};
    }};
  });
  caf::actor hub;
  std::vector<caf::actor> others;

  void start(bool sends_hints) {
    settings::subscription_settings how;
    how.hint_interval = 10ms;
    hub = system.spawn<subscription_hub>(how, sends_hints, reader, bell);
    scheduler.run();
  }

  ~hub_world() {
    others.push_back(hub);
    others.push_back(reader);
    for (const auto& each : others)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    scheduler.run();
  }

  /// As a persistence actor does.
  void commit() {
    if (bell->ring()) {
      ++messages;
      compat::tell_anonymously(hub, events_committed{});
    }
  }

  /// A subscription, of which only its wakes are of interest.
  std::shared_ptr<int> join() {
    auto wakes = std::make_shared<int>(0);
    auto to = hub;
    others.push_back(
      system.spawn([=](caf::event_based_actor* self) -> caf::behavior {
        compat::tell(self, to, join_hub{});
        return {[wakes](const wake& message) {
          *wakes += message.has_events ? 1 : 0;
        }};
      }));
    return wakes;
  }
};

} // namespace

ES_TEST_WITH(hub_world, "a commit is hinted at once, those after it when the "
                        "interval is over, without a message for each") {
  start(true);
  commit();
  scheduler.run();
  ES_CHECK_EQ(hints, 1);
  for (int i = 0; i < 100; ++i) {
    commit();
    scheduler.run();
  }
  ES_CHECK_EQ(hints, 1);
  scheduler.advance(10ms);
  ES_CHECK_EQ(hints, 2);
  scheduler.advance(1s);
  ES_CHECK_EQ(hints, 2);
  ES_CHECK(messages <= 2);
}

ES_TEST_WITH(hub_world, "after a pause the next commit is hinted at once") {
  start(true);
  for (int i = 1; i <= 3; ++i) {
    commit();
    scheduler.run();
    ES_CHECK_EQ(hints, i);
    scheduler.advance(1s);
  }
  ES_CHECK_EQ(hints, 3);
}

ES_TEST_WITH(hub_world, "without subscriptions and hints the hub is not told") {
  start(false);
  for (int i = 0; i < 100; ++i)
    commit();
  scheduler.advance(1s);
  ES_CHECK_EQ(messages, 0);
}

ES_TEST_WITH(hub_world, "a subscription is woken by every commit") {
  start(false);
  auto wakes = join();
  scheduler.run();
  const auto before = *wakes;
  for (int i = 1; i <= 3; ++i) {
    commit();
    scheduler.run();
    ES_CHECK_EQ(*wakes, before + i);
  }
}

ES_TEST_WITH(hub_world, "a subscription learns of what was committed before it "
                        "was known") {
  start(false);
  auto first = join();
  auto second = join();
  commit();
  scheduler.run();
  ES_CHECK(*first > 0);
  ES_CHECK(*second > 0);
}

ES_TEST_WITH(hub_world, "commits that come while the hub is busy are one "
                        "message") {
  start(true);
  join();
  scheduler.run();
  for (int i = 0; i < 100; ++i)
    commit();
  ES_CHECK_EQ(messages, 1);
  scheduler.run();
  commit();
  ES_CHECK_EQ(messages, 2);
}

ES_TEST("whoever rings while the hub begins to listen is seen, or is to tell "
        "it") {
  constexpr int rounds = 20'000;
  std::optional<commit_bell> bell;
  std::barrier step{2};
  bool told = false;
  std::thread writer{[&] {
    for (int i = 0; i < rounds; ++i) {
      step.arrive_and_wait();
      told = bell->ring();
      step.arrive_and_wait();
    }
  }};
  int unheard = 0;
  for (int i = 0; i < rounds; ++i) {
    bell.emplace();
    step.arrive_and_wait();
    const bool seen = bell->listen();
    step.arrive_and_wait();
    if (!told && !seen)
      ++unheard;
  }
  writer.join();
  ES_CHECK_EQ(unheard, 0);
}

} // namespace subscription_hub_test

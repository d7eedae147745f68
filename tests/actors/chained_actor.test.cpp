#include "eventsource/actors/chained_actor.hpp"

#include "eventsource/actors/turn_pack.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace chained_actor_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

class packing_actor : public chained_actor {
public:
  using chained_actor::chained_actor;

protected:
  [[nodiscard]] std::size_t pack_max() const noexcept override {
    return turn_pack::size_max;
  }
};

using packing = scripted<packing_actor>;

/// An actor has many messages when its turn begins. Does `first` with the first
/// of them and `last` with the last one.
template <class Actor, class First, class Last>
void take_long_turn(pool& threads, First first, Last last) {
  constexpr int messages = 100;
  std::promise<void> all_sent;
  auto who = threads.system.spawn<Actor, caf::lazy_init>(
    [first, last, sent = all_sent.get_future().share()](auto* self,
                                                        int number) {
      if (number == 0) {
        sent.wait();
        first(self);
      } else if (number == messages - 1) {
        last();
        self->quit();
      }
    });
  for (int i = 0; i < messages; ++i)
    compat::tell_anonymously(who, i);
  all_sent.set_value();
}

} // namespace

ES_TEST("whom a chained actor makes ready last runs next on its thread") {
  pool threads{2};
  // Any one could be so by chance.
  for (int round = 0; round < 500; ++round) {
    answer<std::thread::id> of_sender;
    answer<std::thread::id> of_receiver;
    auto receiver =
      threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
        of_receiver.give(std::this_thread::get_id());
        self->quit();
      });
    auto sender = threads.system.spawn<chained, caf::lazy_init>(
      [&](chained* self, int number) {
        of_sender.give(std::this_thread::get_id());
        compat::tell(self, receiver, number);
        // What follows must not depend on it.
        self->quit();
      });
    compat::tell_anonymously(sender, round);
    const auto expected = of_sender.wait_for();
    ES_REQUIRE(expected);
    ES_REQUIRE(of_receiver.wait_for() == expected);
  }
}

ES_TEST("whom a chained actor makes ready before goes to another thread") {
  pool threads{2};
  std::promise<void> first_ran;
  auto first_has_run = first_ran.get_future();
  answer<bool> met;
  answer<std::thread::id> of_sender;
  answer<std::thread::id> of_second;
  auto first =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      first_ran.set_value();
      self->quit();
    });
  auto second =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      met.give(first_has_run.wait_for(patience) == std::future_status::ready);
      of_second.give(std::this_thread::get_id());
      self->quit();
    });
  auto sender = threads.system.spawn<chained, caf::lazy_init>(
    [&](chained* self, int number) {
      compat::tell(self, first, number);
      compat::tell(self, second, number);
      of_sender.give(std::this_thread::get_id());
      self->quit();
    });
  compat::tell_anonymously(sender, 1);
  ES_CHECK(met.wait_for() == true);
  ES_CHECK(of_sender.wait_for() == of_second.wait_for());
}

ES_TEST("whom a chained actor makes ready does not wait until a long turn is "
        "over") {
  pool threads{2};
  std::promise<void> receiver_ran;
  auto receiver_has_run = receiver_ran.get_future();
  answer<bool> met;
  auto receiver =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      receiver_ran.set_value();
      self->quit();
    });
  take_long_turn<chained>(
    threads, [&](chained* self) { compat::tell(self, receiver, 0); },
    [&] {
      met.give(receiver_has_run.wait_for(patience)
               == std::future_status::ready);
    });
  ES_CHECK(met.wait_for() == true);
}

ES_TEST("all whom an actor makes ready in packs run, also while its turn is "
        "long") {
  // Not a multiple of a pack.
  constexpr int receivers = 2 * static_cast<int>(turn_pack::size_max) + 3;
  pool threads{2};
  std::atomic<int> ran = 0;
  answer<bool> all_ran;
  std::vector<caf::actor> others;
  for (int i = 0; i < receivers; ++i)
    others.push_back(
      threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
        ++ran;
        self->quit();
      }));
  take_long_turn<packing>(
    threads,
    [&](packing* self) {
      for (const auto& other : others)
        compat::tell(self, other, 0);
    },
    [&] {
      const auto end = std::chrono::steady_clock::now() + patience;
      while (ran < receivers && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
      all_ran.give(ran == receivers);
    });
  ES_CHECK(all_ran.wait_for() == true);
}

ES_TEST("who runs in the chain of one that packs does not pack for it") {
  pool threads{2};
  std::promise<void> first_ran;
  auto first_has_run = first_ran.get_future();
  answer<bool> met;
  auto first =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      first_ran.set_value();
      self->quit();
    });
  auto second = threads.system.spawn<plain, caf::lazy_init>(
    [](plain* self, int) { self->quit(); });
  auto between =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int number) {
      compat::tell(self, first, number);
      compat::tell(self, second, number);
      met.give(first_has_run.wait_for(patience) == std::future_status::ready);
      self->quit();
    });
  auto sender = threads.system.spawn<packing, caf::lazy_init>(
    [&](packing* self, int number) {
      compat::tell(self, between, number);
      self->quit();
    });
  compat::tell_anonymously(sender, 1);
  ES_CHECK(met.wait_for() == true);
}

ES_TEST("a chain that would go on for ever lets others have their turn") {
  pool threads{1};
  std::atomic<bool> over = false;
  std::atomic<int> turns = 0;
  const auto pass_on = [&](chained* self, int) {
    if (over)
      self->quit();
    else
      compat::tell(self, caf::actor_cast<caf::actor>(self->current_sender()),
                   ++turns);
  };
  auto one = threads.system.spawn<chained, caf::lazy_init>(pass_on);
  auto other = threads.system.spawn<chained, caf::lazy_init>(
    [&, one](chained* self, int n) {
      // The first message comes from outside.
      if (self->current_sender())
        pass_on(self, n);
      else
        compat::tell(self, one, n);
    });
  compat::tell_anonymously(other, 0);
  while (turns < 100)
    std::this_thread::yield();
  answer<int> seen;
  auto third =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      seen.give(turns);
      self->quit();
    });
  compat::tell_anonymously(third, 1);
  const auto turns_then = seen.wait_for();
  over = true;
  ES_CHECK(turns_then >= 100);
  for (const auto& each : {one, other})
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
}

ES_TEST("a scheduler that takes one message at a time chooses what runs next") {
  es::testing::test_config<> config;
  caf::actor_system system{config};
  es::testing::test_scheduler scheduler{system};
  int sent = 0;
  int received = 0;
  auto receiver =
    system.spawn<plain, caf::lazy_init>([&](plain*, int) { ++received; });
  auto sender =
    system.spawn<chained, caf::lazy_init>([&](chained* self, int number) {
      ++sent;
      compat::tell(self, receiver, number);
    });
  scheduler.run();
  compat::tell_anonymously(sender, 1);
  scheduler.run_once();
  ES_CHECK_EQ(sent, 1);
  ES_CHECK_EQ(received, 0);
  scheduler.run_once();
  ES_CHECK_EQ(received, 1);
  for (const auto& each : {sender, receiver})
    caf::anon_send_exit(each, caf::exit_reason::kill);
  scheduler.run();
}

} // namespace chained_actor_test

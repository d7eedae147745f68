#include "eventsource/actors/idle_workers.hpp"

#include "eventsource/actors/append_queue.hpp"
#include "eventsource/actors/store_worker.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <memory>
#include <vector>

namespace idle_workers_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

struct fixture {
  es::testing::test_config<> config;
  caf::actor_system system{config};
  es::testing::test_scheduler scheduler{system};
  caf::actor a = system.spawn<plain>([](plain*, int) {});
  caf::actor b = system.spawn<plain>([](plain*, int) {});
  caf::actor c = system.spawn<plain>([](plain*, int) {});
  std::unique_ptr<idle_workers> workers =
    std::make_unique<idle_workers>(std::vector{a, b, c});

  ~fixture() {
    workers = nullptr;
    scheduler.run();
  }
};

} // namespace

ES_TEST_WITH(fixture, "the worker that became idle last is taken first") {
  const auto first = workers->take();
  const auto second = workers->take();
  ES_CHECK(first != second);
  workers->give_back(second);
  workers->give_back(first);
  ES_CHECK(workers->take() == first);
  ES_CHECK(workers->take() == second);
}

ES_TEST_WITH(fixture, "who wants the worker that it had before gets it while "
                      "it is idle") {
  ES_CHECK(workers->take(a) == a);
  ES_CHECK(workers->take(a) == c);
  workers->give_back(a);
  ES_CHECK(workers->take(b) == b);
  ES_CHECK(workers->take(nullptr) == a);
}

ES_TEST_WITH(fixture, "a worker that failed is taken when no other is idle") {
  workers->give_back_last_of_all(workers->take(c));
  ES_CHECK(workers->take() == b);
  ES_CHECK(workers->take() == a);
  ES_CHECK(workers->take() == c);
}

ES_TEST_WITH(fixture, "workers end with their last owner, also who is busy") {
  int ended = 0;
  system.spawn([&](caf::event_based_actor* self) {
    for (const auto& each : {a, b, c})
      each->attach_functor([&ended] { ++ended; });
    self->quit();
  });
  scheduler.run();
  const auto busy = workers->take();
  workers = nullptr;
  scheduler.run();
  ES_CHECK_EQ(ended, 3);
}

ES_TEST("a worker whose thread is in another actor's turn is left until no "
        "other is idle") {
  answer<bool> begun;
  std::promise<void> may_end;
  auto end = may_end.get_future();
  pool threads{2};
  auto store = std::make_shared<es::store::memory_store>();
  auto one = std::make_shared<append_batch>();
  one->requests.resize(1);
  const auto new_worker = [&] {
    return threads.system.spawn<store_worker, caf::detached>(store);
  };
  const auto lent = new_worker();
  const auto idle = new_worker();
  idle_workers workers{{idle, lent}};
  auto asker =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
      compat::ask(self, lent, caf::infinite, write_batch{one})
        .then([&, self](batch_written&) {
          begun.give(true);
          end.wait();
          self->quit();
        });
    });
  store->before_write([&](auto) { wait_for_turn_of(asker); });
  compat::tell_anonymously(asker, 1);
  ES_CHECK(begun.wait_for() == true);
  const auto first = workers.take(lent);
  const auto second = workers.take(lent);
  may_end.set_value();
  ES_CHECK(first == idle);
  ES_CHECK(second == lent);
}

} // namespace idle_workers_test

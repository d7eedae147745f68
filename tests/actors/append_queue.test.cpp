#include "eventsource/actors/append_queue.hpp"

#include "eventsource/actors/store_worker.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace append_queue_test {

using namespace es::actors;
namespace store = es::store;

namespace {

struct fixture {
  store::memory_store store;
  settings::persistence_settings how{.batch_appends_max = 4,
                                     .batch_bytes_max = 100,
                                     .prepare_appends_min = 2};

  static bool push(append_queue& queue, const std::string& id,
                   std::size_t bytes = 1) {
    store::append_request request;
    request.aggregate_id = id;
    request.aggregate_type = "account";
    request.events.push_back({"evt_" + id, "deposited", 1, "{}", false});
    return queue.push(std::move(request), bytes);
  }

  static std::string ids(const append_batch& batch) {
    std::string all;
    for (const auto& request : batch.requests)
      all += request.aggregate_id;
    return all;
  }
};

/// Has no memory for it.
struct forgetful_store : store::memory_store {
  std::unique_ptr<store::prepared_batch>
  prepare(std::span<const store::append_request>) override {
    throw std::bad_alloc{};
  }
};

/// A worker on the test's own thread.
struct worker_world {
  explicit worker_world(std::shared_ptr<store::event_store> store)
    : worker(system.spawn<store_worker>(std::move(store))) {
    // nop
  }

  ~worker_world() {
    caf::anon_send_exit(worker, caf::exit_reason::kill);
    scheduler.run();
  }

  std::vector<store::append_outcome> write(write_batch batch) {
    std::vector<store::append_outcome> outcomes;
    system.spawn([&, this](caf::event_based_actor* self) {
      compat::ask(self, worker, caf::infinite, std::move(batch))
        .then([&](batch_written& x) { outcomes = std::move(x.outcomes); });
    });
    scheduler.run();
    return outcomes;
  }

  std::size_t count_written(write_batch batch) {
    const auto outcomes = write(std::move(batch));
    return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [](const auto& outcome) { return outcome.ok(); }));
  }

  es::testing::test_config<> config;
  caf::actor_system system{config};
  es::testing::test_scheduler scheduler{system};
  caf::actor worker;
};

} // namespace

ES_TEST_WITH(fixture, "appends leave in the order in which they came, in "
                      "batches of bounded size") {
  append_queue queue{how};
  ES_CHECK(push(queue, "a"));
  ES_CHECK(!push(queue, "b", 90));
  ES_CHECK(!queue.is_next_closed());
  ES_CHECK(push(queue, "c", 10));
  ES_CHECK(queue.is_next_closed());
  for (const char* id : {"d", "e", "f"})
    ES_CHECK(!push(queue, id));
  ES_CHECK(push(queue, "g", 200));
  ES_CHECK(push(queue, "h"));
  const auto first = queue.pop();
  ES_CHECK_EQ(ids(*first), "ab");
  ES_CHECK_EQ(first->bytes, 91u);
  ES_CHECK_EQ(ids(*queue.pop()), "cdef");
  ES_CHECK_EQ(ids(*queue.pop()), "g");
  ES_CHECK(!queue.is_next_closed());
  ES_CHECK_EQ(ids(*queue.pop()), "h");
}

ES_TEST_WITH(fixture, "a batch that was prepared is closed") {
  append_queue queue{how};
  push(queue, "a");
  push(queue, "b");
  queue.prepare_next(store);
  ES_CHECK(queue.is_next_closed());
  ES_CHECK(push(queue, "c"));
  const auto first = queue.pop();
  ES_CHECK_EQ(ids(*first), "ab");
  ES_REQUIRE(first->prepared != nullptr);
  ES_CHECK(first->prepared->appends().data() == first->requests.data());
  ES_CHECK_EQ(ids(*queue.pop()), "c");
}

ES_TEST_WITH(fixture, "a batch that is prepared already is left as it is, and "
                      "so is what waits behind it") {
  append_queue queue{how};
  for (const char* id : {"a", "b", "c", "d", "e", "f"})
    push(queue, id);
  queue.prepare_next(store);
  queue.prepare_next(store);
  ES_CHECK(queue.pop()->prepared != nullptr);
  ES_CHECK(queue.pop()->prepared == nullptr);
}

ES_TEST_WITH(fixture, "a small batch stays open, unless nothing can join it "
                      "any more") {
  append_queue queue{how};
  queue.prepare_next(store);
  push(queue, "a");
  queue.prepare_next(store);
  ES_CHECK(!queue.is_next_closed());
  ES_CHECK(!push(queue, "b"));
  ES_CHECK(queue.pop()->prepared == nullptr);
  push(queue, "c", 200);
  queue.prepare_next(store);
  ES_CHECK(queue.pop()->prepared != nullptr);
}

ES_TEST_WITH(fixture, "nothing is prepared if that is switched off") {
  how.prepare_appends_min = 0;
  append_queue queue{how};
  for (const char* id : {"a", "b", "c", "d", "e"})
    push(queue, id);
  queue.prepare_next(store);
  ES_CHECK(queue.pop()->prepared == nullptr);
}

ES_TEST_WITH(fixture, "what could not be prepared can still be written") {
  append_queue queue{how};
  push(queue, "a");
  push(queue, "b");
  forgetful_store forgetful;
  queue.prepare_next(forgetful);
  const auto batch = queue.pop();
  ES_CHECK_EQ(ids(*batch), "ab");
  ES_CHECK(batch->prepared == nullptr);
}

ES_TEST_WITH(fixture, "a worker prepares what waits behind the batch that it "
                      "writes, and writes what was prepared") {
  const auto shared = std::make_shared<store::memory_store>();
  worker_world world{shared};
  const auto queue = std::make_shared<append_queue>(how);
  push(*queue, "a");
  const auto first = queue->pop();
  push(*queue, "b");
  push(*queue, "c");
  ES_CHECK_EQ(world.count_written({first, queue}), 1u);
  const auto second = queue->pop();
  ES_CHECK(second->prepared != nullptr);
  ES_CHECK_EQ(world.count_written({second, queue}), 2u);
  ES_CHECK_EQ(shared->scan_events("", 0, 10)->size(), 3u);
}

ES_TEST_WITH(fixture, "a batch that its store can't prepare is refused, and "
                      "nothing of it is in doubt") {
  worker_world world{std::make_shared<forgetful_store>()};
  append_queue queue{how};
  push(queue, "a");
  const auto outcomes = world.write({queue.pop()});
  ES_REQUIRE_EQ(outcomes.size(), 1u);
  ES_CHECK(outcomes[0].error.code == es::errc::internal);
}

ES_TEST_WITH(fixture, "while one thread fills it another one prepares") {
  constexpr int count = 2'000;
  append_queue queue{how};
  std::atomic<bool> full = false;
  std::thread preparing{[&] {
    while (!full)
      queue.prepare_next(store);
  }};
  int batches = 0;
  for (int i = 0; i < count; ++i)
    batches += push(queue, std::to_string(i) + ' ') ? 1 : 0;
  full = true;
  preparing.join();
  std::string all;
  for (int i = 0; i < batches; ++i)
    all += ids(*queue.pop());
  std::string wanted;
  for (int i = 0; i < count; ++i)
    wanted += std::to_string(i) + ' ';
  ES_CHECK_EQ(all, wanted);
}

} // namespace append_queue_test

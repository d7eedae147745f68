#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/actors/persistence_world.hpp"

#include <memory>
#include <vector>

namespace persistence_actor_test {

using namespace es;
using namespace es::actors;
using namespace std::chrono_literals;

using answer = persistence_world::answer;

ES_TEST_WITH(persistence_world, "a lone append is written at once") {
  start({});
  auto first = send("a");
  ES_REQUIRE_EQ(held->batches.size(), 1u);
  ES_CHECK(!*first);
  commit(0);
  ES_REQUIRE(first->has_value());
  ES_CHECK((*first)->has_value());
}

ES_TEST_WITH(persistence_world,
             "what arrives while a commit is in flight forms the next "
             "batch") {
  start({});
  send("a");
  send("b");
  send("c");
  ES_REQUIRE_EQ(held->batches.size(), 1u);
  commit(0);
  ES_REQUIRE_EQ(held->batches.size(), 2u);
  ES_CHECK_EQ(batch_size(0), 1u);
  ES_CHECK_EQ(batch_size(1), 2u);
}

ES_TEST_WITH(persistence_world,
             "an append is not acknowledged before its own batch has "
             "committed") {
  start({});
  auto first = send("a");
  auto second = send("b");
  commit(0);
  ES_CHECK(first->has_value());
  ES_CHECK(!second->has_value());
}

ES_TEST_WITH(persistence_world, "a batch is closed by its number of appends") {
  start({.batch_appends_max = 2});
  for (const char* id : {"a", "b", "c", "d"})
    send(id);
  commit(0);
  commit(1);
  ES_REQUIRE_EQ(held->batches.size(), 3u);
  ES_CHECK_EQ(batch_size(1), 2u);
  ES_CHECK_EQ(batch_size(2), 1u);
}

ES_TEST_WITH(persistence_world,
             "a batch is closed by its bytes, and one large append "
             "still gets through") {
  start({.batch_bytes_max = 3000});
  send("a");
  send("b", 2000);
  send("c", 2000);
  send("d", 9000);
  for (std::size_t i = 0; i < 3; ++i) {
    commit(i);
  }
  ES_REQUIRE_EQ(held->batches.size(), 4u);
  ES_CHECK_EQ(batch_size(1), 1u);
  ES_CHECK_EQ(batch_size(2), 1u);
  ES_CHECK_EQ(batch_size(3), 1u);
}

ES_TEST_WITH(persistence_world,
             "what was prepared while a batch was written is the next batch, "
             "and what came behind it the one after that") {
  start({.prepare_appends_min = 2});
  auto store = store::memory_store{};
  send("a");
  auto prepared = send("b");
  send("c");
  held->batches[0].first.behind->prepare_next(store);
  auto behind = send("d");
  commit(0);
  ES_REQUIRE_EQ(held->batches.size(), 2u);
  ES_CHECK_EQ(batch_size(1), 2u);
  ES_CHECK(held->batches[1].first.batch->prepared != nullptr);
  commit(1);
  ES_REQUIRE_EQ(held->batches.size(), 3u);
  ES_CHECK_EQ(batch_size(2), 1u);
  ES_CHECK(held->batches[2].first.batch->prepared == nullptr);
  ES_CHECK(prepared->has_value());
  ES_CHECK(!behind->has_value());
  commit(2);
  ES_CHECK(behind->has_value() && (*behind)->has_value());
}

ES_TEST_WITH(persistence_world,
             "of what was prepared behind an append that was not stored, only "
             "the rest is written, made ready anew") {
  start({.prepare_appends_min = 2});
  auto store = store::memory_store{};
  auto chain = std::make_shared<append_chain>();
  auto first = send("a", 10, chain);
  auto follower = send("a", 10, chain);
  auto other = send("b");
  held->batches[0].first.behind->prepare_next(store);
  refuse(0, errc::statement_failed);
  ES_REQUIRE(follower->has_value() && !(*follower)->has_value());
  ES_CHECK((*follower)->error().code == errc::conflict);
  ES_REQUIRE_EQ(held->batches.size(), 2u);
  const auto& batch = *held->batches[1].first.batch;
  ES_REQUIRE_EQ(batch.requests.size(), 1u);
  ES_CHECK_EQ(batch.requests[0].aggregate_id, "b");
  ES_CHECK(batch.prepared == nullptr);
  ES_CHECK(!other->has_value());
  commit(1);
  ES_CHECK(other->has_value() && (*other)->has_value());
}

ES_TEST_WITH(persistence_world,
             "with a linger time a batch waits for company, and no "
             "longer than that") {
  start({.linger = 5ms});
  send("a");
  scheduler.advance(4ms);
  send("b");
  ES_CHECK(held->batches.empty());
  scheduler.advance(1ms);
  ES_REQUIRE_EQ(held->batches.size(), 1u);
  ES_CHECK_EQ(batch_size(0), 2u);
}

ES_TEST_WITH(persistence_world, "a full batch does not linger") {
  start({.batch_appends_max = 2, .linger = 5ms});
  send("a");
  ES_CHECK(held->batches.empty());
  send("b");
  ES_CHECK_EQ(held->batches.size(), 1u);
}

ES_TEST_WITH(persistence_world,
             "above its bound of appends the writer refuses at once "
             "as overloaded") {
  start({.queue_appends_max = 2});
  auto first = send("a");
  auto second = send("b");
  auto third = send("c");
  ES_CHECK(!first->has_value());
  ES_CHECK(!second->has_value());
  ES_REQUIRE(third->has_value());
  ES_CHECK((*third)->error().code == errc::overloaded);
  commit(0);
  auto fourth = send("d");
  ES_CHECK(!fourth->has_value());
}

ES_TEST_WITH(persistence_world,
             "above its bound of bytes the writer refuses at once as "
             "overloaded") {
  start({.queue_bytes_max = 5000});
  auto first = send("a", 4000);
  auto second = send("b", 4000);
  ES_CHECK(!first->has_value());
  ES_REQUIRE(second->has_value());
  ES_CHECK((*second)->error().code == errc::overloaded);
}

ES_TEST_WITH(persistence_world,
             "what was written or refused counts no longer against the "
             "writer's bounds") {
  start({.batch_appends_max = 2,
         .queue_appends_max = 4,
         .queue_bytes_max = 18'000});
  std::size_t written = 0;
  for (int round = 0; round < 3; ++round) {
    auto broken = std::make_shared<append_chain>();
    broken->break_at(0);
    const std::vector<answer> all{send("a", 4000), send("b", 4000),
                                  send("c", 4000, broken), send("d", 4000)};
    for (const auto& one : all)
      ES_CHECK(!one->has_value());
    auto more = send("e");
    ES_REQUIRE(more->has_value());
    ES_CHECK((*more)->error().code == errc::overloaded);
    while (written < held->batches.size())
      commit(written++);
    for (const auto& one : all)
      ES_REQUIRE(one->has_value());
    ES_CHECK((*all[2])->error().code == errc::conflict);
    for (const auto i : {0, 1, 3})
      ES_CHECK((*all[i])->has_value());
  }
  auto large = send("f", 17'000);
  ES_CHECK(!large->has_value());
}

ES_TEST_WITH(persistence_world,
             "what is in flight counts against the bound of bytes, "
             "also where a part of its batch was refused") {
  start({.queue_bytes_max = 18'000});
  auto broken = std::make_shared<append_chain>();
  broken->break_at(0);
  send("a");
  send("b", 9000);
  send("c", 100, broken);
  commit(0);
  auto more = send("d", 9000);
  ES_REQUIRE(more->has_value());
  ES_CHECK((*more)->error().code == errc::overloaded);
  commit(1);
  auto again = send("d", 9000);
  ES_CHECK(!again->has_value());
}

ES_TEST_WITH(persistence_world,
             "an append that alone is above the bound of bytes is "
             "invalid: to send it again would not help") {
  start({.queue_bytes_max = 5000});
  auto too_large = send("a", 6000);
  ES_REQUIRE(too_large->has_value());
  ES_CHECK((*too_large)->error().code == errc::invalid);
  auto other = send("a", 4000);
  ES_CHECK(!other->has_value());
}

ES_TEST_WITH(persistence_world,
             "a worker that dies leaves its batch in doubt, not "
             "unanswered") {
  start({});
  auto first = send("a");
  in_worker([this] {
    held->batches[0].second.deliver(caf::make_error(caf::sec::runtime_error));
  });
  ES_REQUIRE(first->has_value());
  ES_CHECK((*first)->error().code == errc::in_doubt);
}

ES_TEST_WITH(persistence_world,
             "what comes after a worker that failed goes to another") {
  auto others = std::make_shared<held_batches>();
  auto other = system.spawn<holding_worker>(others);
  start({}, {other, worker});
  send("a");
  ES_REQUIRE_EQ(held->batches.size(), 1u);
  in_worker([this] {
    held->batches[0].second.deliver(caf::make_error(caf::sec::runtime_error));
  });
  send("b");
  ES_CHECK_EQ(held->batches.size(), 1u);
  ES_CHECK_EQ(others->batches.size(), 1u);
  caf::anon_send_exit(other, caf::exit_reason::kill);
  others->batches.clear();
}

ES_TEST_WITH(persistence_world,
             "stopping writes what was accepted, refuses what comes "
             "later and then ends") {
  start({});
  auto first = send("a");
  auto second = send("b");
  bool ended = false;
  auto to = writer;
  system.spawn([&ended, to](caf::event_based_actor* self) {
    compat::ask(self, to, caf::infinite, stop{}).then([&ended](stopped) {
      ended = true;
    });
  });
  scheduler.run();
  auto third = send("c");
  ES_REQUIRE(third->has_value());
  ES_CHECK((*third)->error().code == errc::unavailable);
  commit(0);
  ES_CHECK(!ended);
  commit(1);
  ES_CHECK(ended);
  ES_CHECK(first->has_value() && (*first)->has_value());
  ES_CHECK(second->has_value() && (*second)->has_value());
}

// -- chains (promise 5) -------------------------------------------------------

ES_TEST_WITH(persistence_world,
             "what follows a refused append of its chain is refused "
             "as a conflict and never written") {
  start({});
  auto chain = std::make_shared<append_chain>();
  auto first = send("a", 10, chain);
  auto second = send("a", 10, chain);
  auto stranger = send("b");
  auto third = send("a", 10, chain);
  refuse(0, errc::conflict);
  ES_REQUIRE(second->has_value() && third->has_value());
  ES_CHECK((*second)->error().code == errc::conflict);
  ES_CHECK((*third)->error().code == errc::conflict);
  ES_REQUIRE_EQ(held->batches.size(), 2u);
  ES_CHECK_EQ(batch_size(1), 1u);
  commit(1);
  ES_CHECK(stranger->has_value() && (*stranger)->has_value());
}

ES_TEST_WITH(persistence_world,
             "an append that finds the writer full breaks its chain") {
  start({.queue_appends_max = 2});
  auto chain = std::make_shared<append_chain>();
  send("a", 10, chain);
  send("b");
  auto refused = send("a", 10, chain);
  ES_CHECK((*refused)->error().code == errc::overloaded);
  commit(0);
  commit(1);
  auto follower = send("a", 10, chain);
  ES_REQUIRE(follower->has_value());
  ES_CHECK((*follower)->error().code == errc::conflict);
  ES_CHECK_EQ(held->batches.size(), 2u);
}

ES_TEST_WITH(persistence_world,
             "an append that finds the writer full does not harm what "
             "waits before it in its chain") {
  start({.queue_appends_max = 2});
  auto chain = std::make_shared<append_chain>();
  send("b");
  auto waiting = send("a", 10, chain);
  auto refused = send("a", 10, chain);
  ES_CHECK((*refused)->error().code == errc::overloaded);
  commit(0);
  commit(1);
  ES_REQUIRE(waiting->has_value());
  ES_CHECK((*waiting)->has_value());
}

} // namespace persistence_actor_test

#include "eventsource/actors/runtime.hpp"

#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/kit/test_world.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace runtime_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;

namespace {

type_registry bank_types() {
  type_registry all;
  if (auto ok = all.add(type_of<account>()); !ok)
    throw std::runtime_error(to_string(ok.error()));
  return all;
}

struct deterministic : testing::test_world<caf::id_block::bank> {
  deterministic() : test_world(bank_types()) {
    // nop
  }

  std::optional<actors::stop_report> report;

  void begin_stop() {
    runtime().begin_stop(
      [this](actors::stop_report x) { report = std::move(x); });
  }
};

/// On real threads, as a program runs it, with the memory store.
struct threaded {
  static actors::settings few_threads() {
    actors::init_types<caf::id_block::bank>();
    actors::settings how;
    how.runtime.threads = 2;
    return how;
  }

  actors::settings how = few_threads();
  actors::system_config<caf::id_block::bank> config{how};
  caf::actor_system system{config};
  std::shared_ptr<store::memory_store> store =
    std::make_shared<store::memory_store>();
};

} // namespace

ES_TEST_WITH(deterministic, "stopping answers everything that was accepted and "
                            "reports nothing left") {
  auto id = new_id<account>();
  auto a = send<account>(id, bank::open_account{"Ada"});
  auto b = send<account>(id, bank::deposit{1});
  // Accepted means: the router has it.
  for (int i = 0; i < 12; ++i)
    scheduler().run_once();
  begin_stop();
  run();
  ES_REQUIRE(report.has_value());
  ES_CHECK(report->clean());
  ES_REQUIRE(a->has_value() && b->has_value());
  ES_CHECK(a->value() && b->value());
}

ES_TEST_WITH(deterministic, "a command that comes after the stop is refused as "
                            "unavailable and not stored") {
  auto id = new_id<account>();
  begin_stop();
  auto late = send<account>(id, bank::open_account{"Ada"});
  run();
  ES_REQUIRE(late->has_value() && !late->value());
  ES_CHECK((**late).error().code == errc::unavailable);
  ES_CHECK(store().load_events(id, 1, 10)->empty());
}

ES_TEST_WITH(deterministic, "killing the runtime answers waiting callers "
                            "that the outcome is not known") {
  auto answer = send<account>(new_id<account>(), bank::open_account{"Ada"});
  runtime().kill();
  run();
  ES_REQUIRE(answer->has_value() && !answer->value());
  ES_CHECK((**answer).error().code == errc::in_doubt);
}

ES_TEST_WITH(threaded,
             "many callers on many aggregates get a receipt for every "
             "command, and every receipt is stored") {
  auto runtime = actors::runtime::start(system, how, bank_types(), store);
  ES_REQUIRE(runtime);
  auto ids = ksuid_generator::system();
  std::vector<std::string> aggregates;
  for (int i = 0; i < 50; ++i)
    aggregates.push_back(ids.next(account::id_prefix));
  for (const auto& id : aggregates)
    ES_REQUIRE(runtime->execute<account>(id, bank::open_account{"Ada"}));
  std::atomic<int> receipts = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto answer = runtime->execute<account>(
          aggregates[static_cast<std::size_t>(i) % aggregates.size()],
          bank::deposit{1});
        ++(answer ? receipts : failures);
      }
    });
  for (auto& caller : callers)
    caller.join();
  ES_CHECK_EQ(receipts.load(), 2000);
  ES_CHECK_EQ(failures.load(), 0);
  auto report = runtime->stop();
  ES_CHECK(report.clean());
  std::size_t stored = 0;
  for (const auto& id : aggregates) {
    auto events = store->load_events(id, 1, 1000).value();
    for (std::size_t i = 0; i < events.size(); ++i)
      ES_CHECK_EQ(events[i].version, static_cast<version_t>(i + 1));
    stored += events.size() - 1;
  }
  ES_CHECK_EQ(stored, 2000u);
}

ES_TEST_WITH(threaded, "a store that is stuck makes stop report what it could "
                       "not finish, within its deadline") {
  how.runtime.stop_timeout = 200ms;
  auto runtime = actors::runtime::start(system, how, bank_types(), store);
  ES_REQUIRE(runtime);
  std::promise<void> release;
  auto stuck = release.get_future().share();
  store->before_write(
    [stuck](std::span<const store::append_request>) { stuck.wait(); });
  auto ids = ksuid_generator::system();
  auto answer = std::make_shared<std::promise<result<receipt>>>();
  runtime->submit("account", ids.next("acc_"),
                  any_command::of(bank::open_account{"Ada"}), {},
                  [answer](result<receipt> x) { answer->set_value(x); });
  while (store->write_calls() == 0)
    std::this_thread::yield();
  auto report = runtime->stop();
  ES_CHECK(!report.clean());
  ES_CHECK_EQ(report.unanswered, 1u);
  ES_CHECK(!answer->get_future().get());
  release.set_value();
}

ES_TEST_WITH(threaded, "wrong settings are refused by name before anything "
                       "starts") {
  how.persistence.writers = 0;
  auto runtime = actors::runtime::start(system, how, bank_types(), store);
  ES_REQUIRE(!runtime);
  ES_CHECK(runtime.error().code == errc::invalid);
  ES_CHECK(runtime.error().message.find("persistence.writers")
           != std::string::npos);
}

} // namespace runtime_test

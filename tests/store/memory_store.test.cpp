#include "eventsource/store/memory/memory_store.hpp"

#include "eventsource/tests/store/conformance.hpp"

#include <string>

namespace memory_store_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

struct in_memory : store_fixture {
  memory_store content;

  event_store& store() override {
    return content;
  }
  // What is in RAM has one owner.
  event_store& other() override {
    return content;
  }
};

const conforming_store memory{__FILE__,
                              [] { return std::make_unique<in_memory>(); }};

append_outcome write(memory_store& to, const append_request& append) {
  return to.write({&append, 1}).front();
}

} // namespace

// -- its clock ----------------------------------------------------------------

ES_TEST("events are registered at the time of the clock that was given") {
  timestamp now{1s};
  memory_store store{[&now] { return now; }};
  ES_CHECK(write(store, an_append("ldg_1", 0)).ok());
  now += 5s;
  ES_CHECK(write(store, an_append("ldg_1", 1)).ok());
  const auto events = store.load_events("ldg_1", 1, 10).value();
  ES_REQUIRE_EQ(events.size(), 2u);
  ES_CHECK(events[0].registered_at == timestamp{1s});
  ES_CHECK(events[1].registered_at == timestamp{6s});
}

// -- sessions -----------------------------------------------------------------

ES_TEST("an append that names a session before its version was stored is "
        "refused") {
  memory_store store;
  const auto first = write(store, an_append("ldg_1", 0)).session;
  const auto second = write(store, an_append("ldg_1", 1)).session;
  ES_CHECK(first != 0 && second != first);
  auto append = an_append("ldg_1", 2);
  append.expected_in = first;
  ES_CHECK(write(store, append).error.code == errc::internal);
  append.expected_in = second;
  ES_CHECK(write(store, append).ok());
}

// -- inspection ---------------------------------------------------------------

ES_TEST("calls and the sizes of their batches are counted, failed ones too") {
  memory_store store;
  ES_CHECK_EQ(store.write_calls(), 0u);
  (void)store.write({});
  ES_CHECK_EQ(store.write_calls(), 0u);
  (void)store.write(std::vector{an_append("ldg_1", 0), an_append("ldg_2", 0)});
  (void)write(store, an_append("ldg_1", 9));
  store.fail_next_write({errc::unavailable, "away"});
  (void)write(store, an_append("ldg_1", 1));
  ES_CHECK_EQ(store.write_calls(), 3u);
  ES_CHECK(store.batch_sizes() == std::vector<std::size_t>({2, 1, 1}));
}

ES_TEST("aggregates that are loaded from the start are counted") {
  memory_store store;
  const std::vector<recovery_request> requests = {
    {.aggregate_id = "ldg_1"},
    {.aggregate_id = "ldg_2"},
    {.aggregate_id = "ldg_3", .after_version = 4}};
  (void)store.recover(requests, 10);
  ES_CHECK_EQ(store.recovered_aggregates(), 2u);
}

ES_TEST("statements of committed appends are noted in order, others not") {
  memory_store store;
  auto first = an_append("ldg_1", 0);
  first.statements = {{.sql = "SELECT 1"},
                      {.sql = "SELECT $1", .parameters = {"x", std::nullopt}}};
  auto refused = an_append("ldg_2", 4);
  refused.statements = {{.sql = "SELECT 'refused'"}};
  auto second = an_append("ldg_3", 0);
  second.statements = {{.sql = "SELECT 3"}};
  (void)store.write(std::vector{first, refused, second});
  const auto noted = store.statements();
  ES_REQUIRE_EQ(noted.size(), 3u);
  ES_CHECK_EQ(noted[0].sql, "SELECT 1");
  ES_CHECK_EQ(noted[1].sql, "SELECT $1");
  ES_CHECK(noted[1].parameters == first.statements[1].parameters);
  ES_CHECK_EQ(noted[2].sql, "SELECT 3");
}

// -- scripted faults ----------------------------------------------------------

ES_TEST("a write that is to fail refuses its batch whole, once") {
  memory_store store;
  store.fail_next_write({errc::unavailable, "the disk is full"});
  const auto outcomes =
    store.write(std::vector{an_append("ldg_1", 0), an_append("ldg_2", 0)});
  for (const auto& outcome : outcomes) {
    ES_CHECK(is_refused(outcome, errc::unavailable));
    ES_CHECK_EQ(outcome.error.message, "the disk is full");
  }
  ES_CHECK(store.scan_events("", 0, 10)->empty());
  ES_CHECK(write(store, an_append("ldg_1", 0)).ok());
}

ES_TEST("a recovery that is to fail fails once") {
  memory_store store;
  store.fail_next_recover({errc::unavailable, "away"});
  const recovery_request request{.aggregate_id = "ldg_1"};
  const auto failed = store.recover({&request, 1}, 10);
  ES_REQUIRE(!failed);
  ES_CHECK_EQ(failed.error().message, "away");
  ES_CHECK(store.recover({&request, 1}, 10).has_value());
}

ES_TEST("a commit whose answer is lost is in doubt, and stored") {
  memory_store store;
  store.lose_next_commit_answer();
  auto append = an_append("ldg_1", 0);
  append.command_id = "cmd_1";
  const auto outcomes = store.write(std::vector{append, an_append("ldg_2", 7)});
  ES_CHECK(is_refused(outcomes[0], errc::in_doubt));
  ES_CHECK(is_refused(outcomes[1], errc::conflict));
  ES_CHECK_EQ(store.load_events("ldg_1", 1, 10)->size(), 1u);
  ES_CHECK(is_duplicate(write(store, append)));
}

ES_TEST("the hook before a write sees the batch and may write as another") {
  memory_store store;
  std::size_t seen = 0;
  store.before_write([&](std::span<const append_request> batch) {
    store.before_write({});
    seen = batch.size();
    ES_CHECK(write(store, an_append("ldg_1", 0)).ok());
  });
  ES_CHECK(is_refused(write(store, an_append("ldg_1", 0)), errc::conflict));
  ES_CHECK_EQ(seen, 1u);
  ES_CHECK_EQ(store.load_events("ldg_1", 1, 10)->size(), 1u);
}

ES_TEST("a fault hits the write it was meant for, not one of the hook's") {
  memory_store store;
  store.fail_next_write({errc::unavailable, "away"});
  store.before_write([&](std::span<const append_request>) {
    store.before_write({});
    ES_CHECK(write(store, an_append("ldg_2", 0)).ok());
  });
  ES_CHECK(is_refused(write(store, an_append("ldg_1", 0)), errc::unavailable));
  ES_CHECK_EQ(store.load_events("ldg_2", 1, 10)->size(), 1u);
}

ES_TEST("stored data can be damaged, and only what is there") {
  memory_store store;
  auto append = an_append("ldg_1", 0, 2);
  append.snapshot = new_snapshot{.data = "{}"};
  ES_CHECK(write(store, append).ok());
  store.corrupt_event("ldg_1", 2, "{broken");
  store.corrupt_event("ldg_1", 3, "nowhere");
  store.corrupt_event("ldg_2", 1, "nowhere");
  store.corrupt_snapshot("ldg_1", 2, "neither");
  store.corrupt_snapshot("ldg_1", 1, "nowhere");
  const auto events = store.load_events("ldg_1", 1, 10).value();
  ES_REQUIRE_EQ(events.size(), 2u);
  ES_CHECK_EQ(events[0].data, append.events[0].data);
  ES_CHECK_EQ(events[1].data, "{broken");
  ES_CHECK(store.load_snapshot("ldg_1", 9).value()->data == "neither");
}

} // namespace memory_store_test

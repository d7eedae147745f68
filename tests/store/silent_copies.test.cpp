// Programs that fall silent amid rows on their way to the server. It ends such
// sessions itself, but for those that wait for the rows of a COPY.

#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/gated_store.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <future>

namespace silent_copies_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;
using kind = append_outcome::kind;

namespace {

append_request one_of(const std::string& id) {
  auto result = an_append(id, 0);
  result.events[0].publish = true;
  return result;
}

std::vector<append_request> large_batch() {
  std::vector<append_request> result;
  result.reserve(100);
  for (int i = 0; i < 100; ++i)
    result.push_back(one_of("ldg_" + std::to_string(i)));
  return result;
}

/// As many organizations, each with its first event.
void store_organizations(gated_store& at) {
  std::vector<append_request> batch;
  batch.reserve(100);
  for (int i = 0; i < 100; ++i) {
    auto& one = batch.emplace_back(an_append("org_" + std::to_string(i), 0));
    one.aggregate_type = "organization";
    one.events[0].type = "organization_registered";
    one.events[0].data =
      R"({"name":"Acme","registration_number":"1","country":"FR"})";
  }
  for (const auto& outcome : at.direct->write(batch))
    ES_CHECK(outcome.what == kind::committed);
}

/// Copies their rows into a projection's table, to the end.
void rebuild(gated_store& at) {
  auto names = must(projection_rebuild::begin(
    *at.store, es::reference::organization_names(), {.owner = "rebuilder"}));
  while (!must(names.step()).finished) {
    // One page further.
  }
}

void check_rebuilt(gated_store& at) {
  ES_CHECK_EQ(at.gate->cuts(), 1);
  ES_CHECK_EQ(at.database.observe().value(
                "SELECT count(*) FROM projection.organization_names"),
              "100");
}

/// Comes back as soon as the server waits for rows that it never gets.
std::future<void> begin_unheard_rebuild(gated_store& at) {
  at.gate->cut_next(socket_gate::cut::within_copy);
  auto late = std::async(std::launch::async, [&at] { rebuild(at); });
  auto look = at.database.observe();
  ES_REQUIRE(eventually([&] {
    return at.gate->cuts() == 1
           && look.value("SELECT count(*) FROM pg_stat_activity WHERE query "
                         "LIKE '%COPY%organization_names%' AND state = "
                         "'active' AND wait_event = 'ClientRead'")
                == "1";
  }));
  return late;
}

} // namespace

ES_TEST("a session that hears no more of its batch does not keep its locks "
        "from the program that gave it up") {
  gated_store gated{[](auto& settings) {
    settings.statement_timeout = 1s;
    settings.answer_timeout = 1'500ms;
  }};
  gated.gate->cut_next(socket_gate::cut::within_batch);
  const auto batch = large_batch();
  for (const auto& outcome : gated.store->write(batch))
    ES_CHECK(outcome.what == kind::committed);
  ES_CHECK_EQ(gated.gate->cuts(), 1);
  ES_CHECK_EQ(must(gated.direct->scan_events("", 0, 1'000)).size(),
              batch.size());
}

ES_TEST("a session that hears no more of its batch does not keep its locks "
        "from other programs") {
  gated_store gated{[](auto& settings) { settings.answer_timeout = 1s; }};
  gated.gate->cut_next(socket_gate::cut::within_batch);
  auto late = std::async(std::launch::async,
                         [&] { return gated.store->write(large_batch()); });
  ES_REQUIRE(eventually([&] { return gated.gate->cuts() == 1; }));
  const auto its = gated.direct->write(std::vector{one_of("ldg_0")})[0];
  const auto outcomes = late.get();
  // Both go on when the session ends, and one of them is first.
  const bool is_first = its.what == kind::committed;
  ES_CHECK((outcomes[0].what == kind::committed) != is_first);
  ES_CHECK((is_first ? outcomes[0] : its).error.code == errc::conflict);
  for (std::size_t i = 1; i < outcomes.size(); ++i)
    ES_CHECK(outcomes[i].what == kind::committed);
}

ES_TEST("a session that hears no more of its COPY does not keep its locks from "
        "the rebuild that gave it up") {
  gated_store gated{[](auto& settings) {
    settings.statement_timeout = 1s;
    settings.answer_timeout = 1'500ms;
  }};
  store_organizations(gated);
  gated.gate->cut_next(socket_gate::cut::within_copy);
  rebuild(gated);
  check_rebuilt(gated);
}

ES_TEST("a session that waits for the rows of its COPY is left alone until a "
        "statement's time is over") {
  gated_store gated;
  store_organizations(gated);
  auto late = begin_unheard_rebuild(gated);
  auto look = gated.database.observe();
  auto ended_after = [&](const std::string& milliseconds) {
    return look.link().run("end_silent_copies", {milliseconds}).number(0, 0);
  };
  ES_CHECK_EQ(ended_after("60000"), 0);
  ES_CHECK(eventually([&] { return ended_after("0") == 1; }));
  late.get();
  check_rebuilt(gated);
}

} // namespace silent_copies_test

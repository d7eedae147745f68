#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace conformance_reading_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

std::vector<version_t> versions_of(const std::vector<recorded_event>& events) {
  std::vector<version_t> versions;
  for (const auto& event : events)
    versions.push_back(event.version);
  return versions;
}

using versions = std::vector<version_t>;

append_request with_snapshot(append_request append, std::string data,
                             int keep = 1, int state_version = 1) {
  append.snapshot = new_snapshot{
    .state_version = state_version, .data = std::move(data), .keep = keep};
  return append;
}

versions snapshots_of(store_fixture& at, std::string_view id) {
  versions found;
  const auto all = at.store().scan_snapshots("", 0, 10'000).value();
  for (const auto& snapshot : all)
    if (snapshot.aggregate_id == id)
      found.push_back(snapshot.version);
  return found;
}

} // namespace

// -- events -------------------------------------------------------------------

ES_BEHAVIOUR("events are loaded from a version on, at most as many as wanted") {
  must_write(at, an_append("ldg_1", 0, 10));
  must_write(at, an_append("ldg_2", 0, 2));
  auto load = [&](version_t from, std::size_t limit) {
    return versions_of(at.store().load_events("ldg_1", from, limit).value());
  };
  ES_CHECK(load(1, 3) == versions({1, 2, 3}));
  ES_CHECK(load(4, 2) == versions({4, 5}));
  ES_CHECK(load(9, 100) == versions({9, 10}));
  ES_CHECK(load(10, 1) == versions({10}));
  ES_CHECK(load(11, 10).empty());
  ES_CHECK(load(1, 0).empty());
  ES_CHECK_EQ(load(0, 100).size(), 10u);
  ES_CHECK_EQ(load(-5, 100).size(), 10u);
  ES_CHECK_EQ(load(1, std::numeric_limits<std::size_t>::max()).size(), 10u);
}

ES_BEHAVIOUR("an aggregate that does not exist has no events and no snapshot") {
  must_write(at, with_snapshot(an_append("ldg_1", 0), "{}"));
  for (const std::string id : {"ldg_", "ldg_11", "LDG_1", "ldg_1 ", ""}) {
    ES_CHECK(at.store().load_events(id, 1, 10)->empty());
    ES_CHECK(!at.store().load_snapshot(id, 10).value());
    ES_CHECK_EQ(at.store().version_at(id, noon).value(), 0);
  }
}

// -- snapshots ----------------------------------------------------------------

ES_BEHAVIOUR("a snapshot comes back as it was written") {
  auto append =
    with_snapshot(an_append("ldg_1", 0, 3), R"({"sum":[1,"x"]})", 1, 7);
  must_write(at, append);
  const auto found = at.store().load_snapshot("ldg_1", 3).value();
  ES_REQUIRE(found);
  ES_CHECK_EQ(found->aggregate_id, "ldg_1");
  ES_CHECK_EQ(found->aggregate_type, "ledger");
  ES_CHECK_EQ(found->version, 3);
  ES_CHECK_EQ(found->state_version, 7);
  ES_CHECK(found->taken_at == noon);
  ES_CHECK(same_json(found->data, R"({"sum":[1,"x"]})"));
}

ES_BEHAVIOUR("the latest snapshot up to a version is found") {
  for (version_t i = 0; i < 6; ++i)
    must_write(at, with_snapshot(an_append("ldg_1", 2 * i, 2),
                                 std::to_string(i), 100, i < 3 ? 1 : 2));
  auto load = [&](version_t at_most) {
    const auto found = at.store().load_snapshot("ldg_1", at_most).value();
    return found ? found->version : 0;
  };
  ES_CHECK_EQ(load(100), 12);
  ES_CHECK_EQ(load(12), 12);
  ES_CHECK_EQ(load(11), 10);
  ES_CHECK_EQ(load(3), 2);
  ES_CHECK_EQ(load(1), 0);
  ES_CHECK_EQ(load(0), 0);
  ES_CHECK_EQ(load(std::numeric_limits<version_t>::max()), 12);
}

ES_BEHAVIOUR("as many snapshots stay as are to be kept") {
  for (version_t i = 0; i < 5; ++i) {
    must_write(at, with_snapshot(an_append("ldg_1", i), "{}", 3));
    must_write(at, with_snapshot(an_append("ldg_2", i), "{}", 1));
  }
  ES_CHECK(snapshots_of(at, "ldg_1") == versions({3, 4, 5}));
  ES_CHECK(snapshots_of(at, "ldg_2") == versions({5}));
  // Fewer, when fewer are wanted; the others stay until the next snapshot.
  must_write(at, an_append("ldg_1", 5));
  ES_CHECK(snapshots_of(at, "ldg_1") == versions({3, 4, 5}));
  must_write(at, with_snapshot(an_append("ldg_1", 6), "{}", 2));
  ES_CHECK(snapshots_of(at, "ldg_1") == versions({5, 7}));
}

ES_BEHAVIOUR("several snapshots of an aggregate in one batch keep the newest") {
  const auto outcomes = at.store().write(std::vector{
    with_snapshot(an_append("ldg_1", 0), "1", 2),
    with_snapshot(an_append("ldg_1", 1), "2", 2), an_append("ldg_1", 2),
    with_snapshot(an_append("ldg_1", 3), "4", 2),
    with_snapshot(an_append("ldg_2", 0), "1", 1)});
  for (const auto& outcome : outcomes)
    ES_CHECK(is_committed(outcome));
  ES_CHECK(snapshots_of(at, "ldg_1") == versions({2, 4}));
  ES_CHECK(snapshots_of(at, "ldg_2") == versions({1}));
}

// -- recovery -----------------------------------------------------------------

ES_BEHAVIOUR("recovery gives the snapshot and what came after it") {
  must_write(at, an_append("ldg_1", 0, 3));
  must_write(at, with_snapshot(an_append("ldg_1", 3, 2), "5", 1, 7));
  must_write(at, an_append("ldg_1", 5, 2));
  const recovery_request request{.aggregate_id = "ldg_1", .state_version = 7};
  const auto pages = at.store().recover({&request, 1}, 100).value();
  ES_REQUIRE(pages.size() == 1 && pages[0].snapshot);
  ES_CHECK_EQ(pages[0].snapshot->aggregate_id, "ldg_1");
  ES_CHECK_EQ(pages[0].snapshot->aggregate_type, "ledger");
  ES_CHECK_EQ(pages[0].snapshot->version, 5);
  ES_CHECK_EQ(pages[0].snapshot->state_version, 7);
  ES_CHECK(pages[0].snapshot->taken_at == noon);
  ES_CHECK_EQ(pages[0].snapshot->data, "5");
  ES_CHECK(versions_of(pages[0].events) == versions({6, 7}));
  ES_CHECK(!pages[0].more);
  ES_CHECK(pages[0].events == *at.store().load_events("ldg_1", 6, 10));
}

ES_BEHAVIOUR("recovery answers in the order of its requests, with a page for "
             "each") {
  must_write(at, an_append("ldg_1", 0, 2));
  must_write(at, with_snapshot(an_append("ldg_2", 0, 3), "3"));
  must_write(at, an_append("ldg_3", 0));
  const std::vector<recovery_request> requests = {
    {.aggregate_id = "ldg_3"},   {.aggregate_id = "ldg_none"},
    {.aggregate_id = "ldg_1"},   {.aggregate_id = "ldg_2"},
    {.aggregate_id = "ldg_1"},   {.aggregate_id = "ldg_1", .after_version = 1},
    {.aggregate_id = "ldg_nil"},
  };
  const auto pages = at.store().recover(requests, 100).value();
  ES_REQUIRE(pages.size() == requests.size());
  for (std::size_t i = 0; i < pages.size(); ++i)
    ES_CHECK_EQ(pages[i].aggregate_id, requests[i].aggregate_id);
  ES_CHECK(versions_of(pages[0].events) == versions({1}));
  ES_CHECK(pages[1].events.empty() && !pages[1].snapshot && !pages[1].more);
  ES_CHECK(versions_of(pages[2].events) == versions({1, 2}));
  ES_CHECK(pages[3].snapshot && pages[3].events.empty());
  ES_CHECK(versions_of(pages[4].events) == versions({1, 2}));
  ES_CHECK(versions_of(pages[5].events) == versions({2}));
  ES_CHECK(pages[6].events.empty());
}

ES_BEHAVIOUR("recovery of nothing answers nothing") {
  ES_CHECK(at.store().recover({}, 10)->empty());
}

ES_BEHAVIOUR("recovery goes page by page until there is no more") {
  must_write(at, an_append("ldg_1", 0, 10));
  must_write(at, an_append("ldg_2", 0, 4));
  std::vector<recorded_event> all;
  recovery_request request{.aggregate_id = "ldg_1"};
  for (std::size_t asked = 1;; ++asked) {
    const auto page = at.store().recover({&request, 1}, 3)->front();
    ES_REQUIRE(!page.events.empty());
    all.insert(all.end(), page.events.begin(), page.events.end());
    ES_CHECK_EQ(page.more, asked < 4);
    if (!page.more)
      break;
    ES_CHECK_EQ(page.events.size(), 3u);
    request.after_version = page.events.back().version;
  }
  ES_CHECK(all == events_of(at, "ldg_1"));
}

ES_BEHAVIOUR("a page that is just full is the last one") {
  must_write(at, an_append("ldg_1", 0, 4));
  const recovery_request request{.aggregate_id = "ldg_1"};
  ES_CHECK(!at.store().recover({&request, 1}, 4)->front().more);
  ES_CHECK(at.store().recover({&request, 1}, 3)->front().more);
}

ES_BEHAVIOUR("pages are counted for each aggregate apart") {
  must_write(at, an_append("ldg_1", 0, 5));
  must_write(at, an_append("ldg_2", 0, 2));
  const std::vector<recovery_request> requests = {{.aggregate_id = "ldg_1"},
                                                  {.aggregate_id = "ldg_2"}};
  const auto pages = at.store().recover(requests, 3).value();
  ES_CHECK(versions_of(pages[0].events) == versions({1, 2, 3}));
  ES_CHECK(pages[0].more);
  ES_CHECK(versions_of(pages[1].events) == versions({1, 2}));
  ES_CHECK(!pages[1].more);
}

ES_BEHAVIOUR("recovery ignores snapshots of another state version") {
  must_write(at, with_snapshot(an_append("ldg_1", 0, 2), "2", 9, 1));
  must_write(at, with_snapshot(an_append("ldg_1", 2, 2), "4", 9, 2));
  must_write(at, an_append("ldg_1", 4));
  auto recover = [&](int state_version) {
    const recovery_request request{.aggregate_id = "ldg_1",
                                   .state_version = state_version};
    return at.store().recover({&request, 1}, 100)->front();
  };
  ES_CHECK(recover(2).snapshot.value().version == 4);
  ES_CHECK(versions_of(recover(2).events) == versions({5}));
  // An older one of the right form is of use.
  ES_CHECK(recover(1).snapshot.value().version == 2);
  ES_CHECK(versions_of(recover(1).events) == versions({3, 4, 5}));
  ES_CHECK(!recover(3).snapshot);
  ES_CHECK(versions_of(recover(3).events) == versions({1, 2, 3, 4, 5}));
}

ES_BEHAVIOUR("recovery looks for no snapshot when it is told so, or when it "
             "goes on from a version") {
  must_write(at, with_snapshot(an_append("ldg_1", 0, 3), "3"));
  recovery_request request{.aggregate_id = "ldg_1", .use_snapshot = false};
  auto page = at.store().recover({&request, 1}, 100)->front();
  ES_CHECK(!page.snapshot);
  ES_CHECK(versions_of(page.events) == versions({1, 2, 3}));
  request = {.aggregate_id = "ldg_1", .after_version = 1};
  page = at.store().recover({&request, 1}, 100)->front();
  ES_CHECK(!page.snapshot);
  ES_CHECK(versions_of(page.events) == versions({2, 3}));
  request.after_version = 3;
  ES_CHECK(at.store().recover({&request, 1}, 100)->front().events.empty());
}

ES_BEHAVIOUR("a thousand aggregates are recovered in one call") {
  std::vector<append_request> batch;
  std::vector<recovery_request> requests;
  for (int i = 0; i < 1'000; ++i) {
    const auto id = "ldg_" + std::to_string(i);
    auto append = an_append(id, 0, 1 + i % 3);
    if (i % 2 == 0)
      append = with_snapshot(std::move(append), std::to_string(i));
    batch.push_back(std::move(append));
    requests.push_back({.aggregate_id = id});
  }
  for (const auto& outcome : at.store().write(batch))
    ES_REQUIRE(is_committed(outcome));
  std::reverse(requests.begin(), requests.end());
  const auto pages = at.store().recover(requests, 10).value();
  ES_REQUIRE(pages.size() == 1'000);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto number = 999 - i;
    ES_CHECK_EQ(pages[i].aggregate_id, requests[i].aggregate_id);
    ES_CHECK_EQ(pages[i].snapshot.has_value(), number % 2 == 0);
    ES_CHECK_EQ(pages[i].events.size(), number % 2 == 0 ? 0 : 1 + number % 3);
  }
}

// -- time travel --------------------------------------------------------------

ES_BEHAVIOUR("the version at a moment is that of the last event up to it") {
  version_t version = 0;
  for (auto offset : {0us, 10us, 10us, 1'000'000us}) {
    auto append = an_append("ldg_1", version++);
    append.occurred_at = noon + offset;
    must_write(at, append);
  }
  auto version_at = [&](timestamp when) {
    return at.store().version_at("ldg_1", when).value();
  };
  ES_CHECK_EQ(version_at(noon - 1us), 0);
  ES_CHECK_EQ(version_at(noon), 1);
  ES_CHECK_EQ(version_at(noon + 9us), 1);
  ES_CHECK_EQ(version_at(noon + 10us), 3);
  ES_CHECK_EQ(version_at(noon + 999'999us), 3);
  ES_CHECK_EQ(version_at(noon + 1s), 4);
  ES_CHECK_EQ(version_at(noon + 24h * 365'000), 4);
}

// -- the store itself ---------------------------------------------------------

ES_BEHAVIOUR("a store that is set up can be used") {
  ES_CHECK(at.store().check().has_value());
  ES_CHECK(at.other().check().has_value());
}

ES_BEHAVIOUR("statistics count what there is") {
  auto account = an_append("acc_1", 0, 2);
  account.aggregate_type = "account";
  account.events[0].publish = true;
  account.command_id = "cmd_1";
  must_write(at, account);
  must_write(at, with_snapshot(an_append("ldg_1", 0, 3), "{}", 2));
  must_write(at, with_snapshot(an_append("ldg_1", 3), "{}", 2));
  must_write(at, with_change(an_append("ldg_2", 0), every_type_table(), 1,
                             upsert(a_row("r1", 1, "counted"))));
  const auto figures = at.store().stats().value();
  ES_REQUIRE(figures.types.size() == 2);
  ES_CHECK_EQ(figures.types[0].aggregate_type, "account");
  ES_CHECK_EQ(figures.types[0].aggregates, 1);
  ES_CHECK_EQ(figures.types[0].events, 2);
  ES_CHECK_EQ(figures.types[0].snapshots, 0);
  ES_CHECK_EQ(figures.types[1].aggregate_type, "ledger");
  ES_CHECK_EQ(figures.types[1].aggregates, 2);
  ES_CHECK_EQ(figures.types[1].events, 5);
  ES_CHECK_EQ(figures.types[1].snapshots, 2);
  ES_CHECK_EQ(figures.outbox_pending, 1);
  ES_CHECK_EQ(figures.commands_remembered, 1);
  auto rows_in = [&](std::string_view table) {
    for (const auto& entry : figures.tables)
      if (entry.table == table)
        return entry.bytes > 0 ? entry.rows : -1;
    return std::int64_t{-2};
  };
  ES_CHECK_EQ(rows_in("es.events"), 6 + 1);
  ES_CHECK_EQ(rows_in("es.snapshots"), 2);
  ES_CHECK_EQ(rows_in("es.outbox"), 1);
  ES_CHECK_EQ(rows_in("es.commands"), 1);
  ES_CHECK_EQ(rows_in("projection.every_type"), 1);
}

ES_BEHAVIOUR("an empty store counts nothing") {
  const auto figures = at.store().stats().value();
  ES_CHECK(figures.types.empty());
  ES_CHECK_EQ(figures.outbox_pending, 0);
  ES_CHECK_EQ(figures.commands_remembered, 0);
}

} // namespace conformance_reading_test

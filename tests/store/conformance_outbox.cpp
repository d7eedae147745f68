#include "eventsource/store/publish_marks.hpp"
#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace conformance_outbox_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using place = std::pair<std::string, version_t>;

constexpr outbox_partition whole{0, 1};

/// An aggregate gets `count` events that are to be published; gives their ids.
std::vector<std::string> publish(store_fixture& at, const std::string& id,
                                 std::size_t count, version_t head = 0) {
  auto append = an_append(id, head, count);
  std::vector<std::string> ids;
  for (auto& event : append.events) {
    event.publish = true;
    ids.push_back(event.id);
  }
  must_write(at, append);
  return ids;
}

std::vector<place> places_of(const std::vector<outbox_message>& messages) {
  std::vector<place> all;
  for (const auto& message : messages)
    all.emplace_back(message.event.aggregate_id, message.event.version);
  return all;
}

std::vector<place> load(store_fixture& at, const outbox_place& after = {},
                        std::size_t limit = 1'000) {
  return places_of(
    at.store().outbox().load_outbox(whole, after, limit).value());
}

void settle(store_fixture& at, std::vector<std::string> published,
            std::vector<outbox_failure> failed = {}) {
  auto settled =
    at.store().outbox().settle_outbox({.lease = std::nullopt,
                                       .published = std::move(published),
                                       .failed = std::move(failed)});
  ES_REQUIRE(settled.has_value());
}

outbox_lag lag(store_fixture& at) {
  return at.store().outbox().measure_outbox().value();
}

std::vector<outbox_row> list(store_fixture& at, bool dead_only = false) {
  return at.store().outbox().list_outbox({}, 1'000, dead_only).value();
}

} // namespace

ES_BEHAVIOUR("events that asked for an outbox row are told from those that did "
             "not, in small and large batches, also when the row is gone") {
  auto* marks = dynamic_cast<publish_marks*>(&at.store());
  ES_REQUIRE(marks != nullptr);
  std::vector<std::string> all{"evt_unknown"};
  std::set<std::string> asked;
  for (const std::size_t count : {3, 100}) {
    auto append = an_append("ldg_" + std::to_string(count), 0, count);
    for (std::size_t i = 0; i < count; ++i) {
      append.events[i].publish = i % 3 == 0;
      all.push_back(append.events[i].id);
      if (append.events[i].publish)
        asked.insert(append.events[i].id);
    }
    must_write(at, append);
  }
  settle(at, {asked.begin(), asked.end()});
  ES_REQUIRE(at.store().outbox().purge_outbox(0s, 1'000).has_value());
  const auto found = marks->find_publish_marks(all).value();
  ES_CHECK_EQ(found.size(), asked.size());
  ES_CHECK(std::set<std::string>(found.begin(), found.end()) == asked);
  ES_CHECK(marks->find_publish_marks({}).value().empty());
}

ES_BEHAVIOUR("the outbox gives the events to be published in the order of "
             "aggregates and versions, whole") {
  publish(at, "ldg_b", 2);
  must_write(at, an_append("ldg_a", 0, 1));
  publish(at, "ldg_a", 2, 1);
  const auto found = at.store().outbox().load_outbox(whole, {}, 1'000).value();
  const std::vector<place> expected{
    {"ldg_a", 2}, {"ldg_a", 3}, {"ldg_b", 1}, {"ldg_b", 2}};
  ES_CHECK(places_of(found) == expected);
  std::vector<recorded_event> events;
  for (const auto& message : found) {
    events.push_back(message.event);
    ES_CHECK_EQ(message.attempts, 0);
  }
  ES_CHECK(events.at(0) == events_of(at, "ldg_a").at(1));
  ES_CHECK(events.at(3) == events_of(at, "ldg_b").at(1));
}

ES_BEHAVIOUR("the outbox is read page by page, also across an aggregate") {
  std::vector<place> expected;
  for (const char* id : {"ldg_Z", "ldg_a", "ldg_\xc3\xa4"}) {
    publish(at, id, 3);
    for (version_t version : {1, 2, 3})
      expected.emplace_back(id, version);
  }
  for (std::size_t limit : {1, 2, 4, 9, 10}) {
    std::vector<place> all;
    outbox_place after;
    for (;;) {
      const auto page = load(at, after, limit);
      ES_REQUIRE(page.size() <= limit);
      if (page.empty())
        break;
      all.insert(all.end(), page.begin(), page.end());
      after = {all.back().first, all.back().second};
    }
    ES_CHECK(all == expected);
  }
}

ES_BEHAVIOUR("partitions of the outbox have each aggregate once") {
  for (int i = 0; i < 40; ++i)
    publish(at, "ldg_" + std::to_string(i), 2);
  std::multiset<place> all;
  std::size_t used = 0;
  for (std::size_t index = 0; index < 4; ++index) {
    const auto part =
      places_of(at.store().outbox().load_outbox({index, 4}, {}, 1'000).value());
    used += part.empty() ? 0 : 1;
    ES_CHECK(std::is_sorted(part.begin(), part.end()));
    all.insert(part.begin(), part.end());
    // Both events of an aggregate are in the same one.
    ES_CHECK_EQ(part.size() % 2, 0u);
  }
  ES_CHECK_EQ(all.size(), 80u);
  ES_CHECK(std::set<place>(all.begin(), all.end()).size() == 80u);
  ES_CHECK_LT(1u, used);
  ES_CHECK(!at.store().outbox().load_outbox({4, 4}, {}, 1).has_value());
}

ES_BEHAVIOUR("what was published is not given again, however often it is "
             "noted") {
  const auto ids = publish(at, "ldg_a", 3);
  settle(at, {ids[0], "evt_unknown"});
  settle(at, {ids[0], ids[1]});
  ES_CHECK(load(at) == std::vector<place>({{"ldg_a", 3}}));
  const auto rows = at.store().scan_outbox("", 0, 10).value();
  ES_REQUIRE(rows.size() == 3u);
  ES_CHECK(rows[0].published && rows[1].published && !rows[2].published);
  ES_CHECK_EQ(at.store().stats().value().outbox_pending, 1);
}

ES_BEHAVIOUR("a failed event holds back the later ones of its aggregate, and "
             "no other") {
  const auto a = publish(at, "ldg_a", 3);
  publish(at, "ldg_b", 2);
  settle(at, {a[0]}, {{a[1], "refused", 1h}});
  const std::vector<place> others{{"ldg_b", 1}, {"ldg_b", 2}};
  ES_CHECK(load(at) == others);
  ES_CHECK(load(at, {"ldg_a", 2}) == others);
  const auto rows = list(at);
  ES_REQUIRE(rows.size() == 4u);
  ES_CHECK_EQ(rows[0].event_id, a[1]);
  ES_CHECK(rows[0].state == outbox_state::waiting);
  ES_CHECK(rows[0].next_attempt_at > rows[0].created_at);
  ES_CHECK_EQ(rows[0].attempts, 1);
  ES_CHECK_EQ(rows[0].last_error, "refused");
  ES_CHECK(rows[1].state == outbox_state::pending);
}

ES_BEHAVIOUR("a failed event is given again when its time has come, with the "
             "number of its attempts") {
  const auto ids = publish(at, "ldg_a", 2);
  settle(at, {}, {{ids[0], "first", 0us}});
  settle(at, {}, {{ids[0], "second", 0us}});
  const auto found = at.store().outbox().load_outbox(whole, {}, 10).value();
  ES_REQUIRE(found.size() == 2u);
  ES_CHECK_EQ(found[0].attempts, 2);
  ES_CHECK_EQ(found[1].attempts, 0);
  ES_CHECK_EQ(list(at).at(0).last_error, "second");
}

ES_BEHAVIOUR("a dead letter holds back its aggregate until it is retried") {
  const auto a = publish(at, "ldg_a", 2);
  publish(at, "ldg_b", 1);
  settle(at, {}, {{a[0], "poison", std::nullopt}});
  ES_CHECK(load(at) == std::vector<place>({{"ldg_b", 1}}));
  const auto dead = list(at, true);
  ES_REQUIRE(dead.size() == 1u);
  ES_CHECK_EQ(dead[0].event_id, a[0]);
  ES_CHECK(dead[0].state == outbox_state::dead);
  ES_CHECK_EQ(dead[0].last_error, "poison");
  // Only what failed is retried.
  ES_CHECK_EQ(at.store().outbox().retry_outbox(a).value(), 1u);
  ES_CHECK(load(at).size() == 3u);
  ES_CHECK_EQ(list(at).at(0).attempts, 0);
  ES_CHECK(list(at, true).empty());
}

ES_BEHAVIOUR("a dead letter that is dropped lets its aggregate go on, and is "
             "not given again") {
  const auto ids = publish(at, "ldg_a", 3);
  settle(at, {}, {{ids[0], "poison", std::nullopt}});
  // What is not dead is not dropped.
  ES_CHECK_EQ(at.store().outbox().drop_outbox(ids).value(), 1u);
  ES_CHECK(load(at) == std::vector<place>({{"ldg_a", 2}, {"ldg_a", 3}}));
  const auto rows = at.store().scan_outbox("", 0, 10).value();
  ES_REQUIRE(rows.size() == 3u);
  ES_CHECK(rows[0].dead && rows[0].published);
  ES_CHECK(!rows[1].dead && !rows[1].published);
  ES_CHECK_EQ(at.store().outbox().retry_outbox(ids).value(), 0u);
}

ES_BEHAVIOUR("a settlement under a lost lease is refused whole") {
  const auto ids = publish(at, "ldg_a", 2);
  auto& leases = at.store().leases();
  const auto first = leases.acquire_lease("outbox", "one", 1h).value();
  ES_REQUIRE(first.has_value());
  outbox_settlement what{.lease = first,
                         .published = {ids[0]},
                         .failed = {{ids[1], "x", std::nullopt}}};
  ES_REQUIRE(leases.release_lease(*first).has_value());
  const auto second =
    at.other().leases().acquire_lease("outbox", "two", 1h).value();
  ES_REQUIRE(second.has_value());
  const auto refused = at.store().outbox().settle_outbox(what);
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::conflict);
  ES_CHECK(load(at).size() == 2u);
  ES_CHECK(list(at, true).empty());
  what.lease = second;
  ES_CHECK(at.other().outbox().settle_outbox(what).has_value());
  ES_CHECK(load(at).empty());
}

ES_BEHAVIOUR("claims give each event to one only, in any order of versions") {
  const auto ids = publish(at, "ldg_a", 3);
  publish(at, "ldg_b", 2);
  auto one = at.store().outbox().claim_outbox(3, 1h).value();
  auto two = at.other().outbox().claim_outbox(3, 1h).value();
  ES_CHECK_EQ(one.size(), 3u);
  ES_CHECK_EQ(two.size(), 2u);
  std::set<std::string> all;
  for (const auto& list : {one, two})
    for (const auto& message : list) {
      all.insert(message.event.id);
      ES_CHECK_EQ(message.event.type, "noted");
    }
  ES_CHECK_EQ(all.size(), 5u);
  ES_CHECK(at.store().outbox().claim_outbox(3, 1h).value().empty());
  // One that failed holds back only itself.
  settle(at, {ids[2]}, {{ids[0], "x", 1h}, {ids[1], "x", 0us}});
  const auto again = at.store().outbox().claim_outbox(3, 0us).value();
  ES_REQUIRE(again.size() == 1u);
  ES_CHECK_EQ(again[0].event.id, ids[1]);
  ES_CHECK_EQ(again[0].attempts, 1);
  // A claim that has ended is open to others.
  ES_CHECK_EQ(at.other().outbox().claim_outbox(3, 1h).value().size(), 1u);
}

ES_BEHAVIOUR("only published rows are purged, the oldest first, and how far "
             "is known") {
  const auto a = publish(at, "ldg_a", 3);
  const auto b = publish(at, "ldg_b", 2);
  auto& outbox = at.store().outbox();
  ES_CHECK(!outbox.purged_until().value().has_value());
  ES_CHECK_EQ(outbox.purge_outbox(0us, 10).value(), 0u);
  ES_CHECK(!outbox.purged_until().value().has_value());
  settle(at, {b[0]});
  settle(at, {a[0], a[1]}, {{a[2], "x", std::nullopt}});
  ES_CHECK_EQ(outbox.purge_outbox(1h, 10).value(), 0u);
  ES_CHECK_EQ(outbox.purge_outbox(-1h, 1).value(), 1u);
  const auto left = at.store().scan_outbox("", 0, 10).value();
  ES_REQUIRE(left.size() == 4u);
  ES_CHECK_EQ(left[3].version, 2);
  const auto first = outbox.purged_until().value();
  ES_REQUIRE(first.has_value());
  ES_CHECK_EQ(outbox.purge_outbox(-1h, 10).value(), 2u);
  ES_CHECK(outbox.purged_until().value() >= first);
  ES_CHECK(load(at) == std::vector<place>({{"ldg_b", 2}}));
  ES_CHECK_EQ(list(at).size(), 2u);
}

ES_BEHAVIOUR("the lag says how much waits, how long, and what is dead") {
  ES_CHECK_EQ(lag(at).pending, 0);
  ES_CHECK(lag(at).oldest_age == 0us);
  const auto ids = publish(at, "ldg_a", 4);
  ES_CHECK_EQ(lag(at).pending, 4);
  ES_CHECK(lag(at).oldest_age > 0us);
  ES_CHECK(lag(at).oldest_age < 1h);
  settle(at, {ids[0]}, {{ids[1], "x", 1h}, {ids[2], "x", std::nullopt}});
  const auto now = lag(at);
  ES_CHECK_EQ(now.pending, 2);
  ES_CHECK_EQ(now.waiting, 1);
  ES_CHECK_EQ(now.dead, 1);
}

ES_BEHAVIOUR("a reason is stored whatever a publisher says, as text") {
  std::vector<std::string> reasons = awkward_texts();
  reasons.pop_back(); // the long one
  const auto ids = publish(at, "ldg_a", reasons.size());
  std::vector<outbox_failure> failed;
  for (std::size_t i = 0; i < ids.size(); ++i)
    failed.push_back({ids[i], reasons[i], 0us});
  settle(at, {}, failed);
  const auto rows = list(at);
  ES_REQUIRE(rows.size() == reasons.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    ES_CHECK_EQ(rows[i].last_error, reasons[i]);
  settle(at, {},
         {{ids[0], std::string("a\0b\xff", 4), 0us},
          {ids[1], std::string(10'000, 'x'), 0us}});
  ES_CHECK_EQ(list(at).at(0).last_error, "a?b?");
  ES_CHECK_EQ(list(at).at(1).last_error, std::string(2'000, 'x'));
}

} // namespace conformance_outbox_test

#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace conformance_log_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

using names = std::vector<std::string>;

std::string name_of(const recorded_event& event) {
  return event.aggregate_id + ":" + std::to_string(event.version);
}

/// All events that a request finds, page by page.
std::vector<logged_event> read_all(store_fixture& at, log_request request) {
  std::vector<logged_event> all;
  for (int pages = 0;; ++pages) {
    ES_REQUIRE(pages < 1'000);
    const auto page = at.other().log().read(request).value();
    ES_REQUIRE(page.events.size() <= request.limit);
    ES_REQUIRE(page.read_to >= request.after);
    for (const auto& event : page.events) {
      ES_REQUIRE(event.at <= page.read_to);
      all.push_back(event);
    }
    if (!page.more)
      return all;
    ES_REQUIRE(page.read_to > request.after);
    request.after = page.read_to;
  }
}

names names_of(store_fixture& at, const log_request& request) {
  names found;
  for (const auto& each : read_all(at, request))
    found.push_back(name_of(each.event));
  return found;
}

append_request of_type(append_request append, std::string aggregate_type,
                       std::string event_type, std::string metadata = "{}") {
  append.aggregate_type = std::move(aggregate_type);
  for (auto& event : append.events)
    event.type = event_type;
  append.metadata = std::move(metadata);
  return append;
}

void fill(store_fixture& at) {
  must_write(at, of_type(an_append("ldg_1", 0, 2), "ledger", "noted",
                         R"({"actor":"ada"})"));
  must_write(at, of_type(an_append("acc_1", 0), "account", "opened"));
  must_write(at, of_type(an_append("ldg_%_2", 0), "ledger", "opened",
                         R"({"actor":"bob","n":5,"none":null})"));
  must_write(at, of_type(an_append("ldg_1", 2), "ledger", "closed"));
}

} // namespace

ES_BEHAVIOUR("the log has all events in the order of their commits, whatever "
             "the size of its pages") {
  ES_CHECK(names_of(at, {}).empty());
  fill(at);
  const names expected = {"ldg_1:1", "ldg_1:2", "acc_1:1", "ldg_%_2:1",
                          "ldg_1:3"};
  for (std::size_t limit : {1, 2, 3, 5, 100})
    ES_CHECK(names_of(at, {.limit = limit}) == expected);
}

ES_BEHAVIOUR("an event of the log is the event that was stored") {
  fill(at);
  const auto all = read_all(at, {});
  ES_REQUIRE(all.size() == 5u);
  ES_CHECK(all[1].event == events_of(at, "ldg_1")[1]);
  ES_CHECK(all[3].event == events_of(at, "ldg_%_2")[0]);
}

ES_BEHAVIOUR("positions rise, and reading from each gives the rest") {
  fill(at);
  const auto all = read_all(at, {});
  ES_REQUIRE(all.size() == 5u);
  ES_CHECK(position{} < all[0].at);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0)
      ES_CHECK(all[i - 1].at < all[i].at);
    const auto rest = names_of(at, {.after = all[i].at});
    ES_REQUIRE(rest.size() == all.size() - i - 1);
    if (!rest.empty())
      ES_CHECK_EQ(rest.front(), name_of(all[i + 1].event));
  }
}

ES_BEHAVIOUR("what a page read to is final: going on there finds exactly what "
             "came later") {
  fill(at);
  const auto page = at.store().log().read({}).value();
  ES_CHECK(!page.more);
  const log_request rest{.after = page.read_to};
  ES_CHECK(names_of(at, rest).empty());
  must_write(at, an_append("ldg_3", 0, 2));
  ES_CHECK(names_of(at, rest) == names({"ldg_3:1", "ldg_3:2"}));
  const auto later = at.store().log().read(rest).value();
  ES_CHECK(later.read_to > page.read_to);
}

ES_BEHAVIOUR("the end of the log is behind all that was stored") {
  fill(at);
  const auto end = at.store().log().end().value();
  ES_CHECK(names_of(at, {.after = end}).empty());
  must_write(at, an_append("ldg_3", 0));
  ES_CHECK(names_of(at, {.after = end}) == names({"ldg_3:1"}));
}

ES_BEHAVIOUR("a filter lets through what meets all of its conditions") {
  fill(at);
  auto found = [&](event_filter filter) {
    return names_of(at, {.filter = std::move(filter), .limit = 2});
  };
  ES_CHECK(found({.aggregate_types = {"account"}}) == names({"acc_1:1"}));
  ES_CHECK_EQ(found({.aggregate_types = {"account", "ledger"}}).size(), 5u);
  ES_CHECK(found({.event_types = {"opened", "closed"}})
           == names({"acc_1:1", "ldg_%_2:1", "ldg_1:3"}));
  ES_CHECK(found({.aggregate_types = {"ledger"}, .event_types = {"opened"}})
           == names({"ldg_%_2:1"}));
  ES_CHECK(found({.aggregate_id = "ldg_1"})
           == names({"ldg_1:1", "ldg_1:2", "ldg_1:3"}));
  ES_CHECK(found({.event_types = {"closed"}, .aggregate_id = "ldg_1"})
           == names({"ldg_1:3"}));
  ES_CHECK(found({.aggregate_id = "ldg_"}).empty());
  ES_CHECK(found({.id_prefix = "ldg_%"}) == names({"ldg_%_2:1"}));
  ES_CHECK_EQ(found({.id_prefix = "ldg_"}).size(), 4u);
  ES_CHECK(found({.id_prefix = "ldg_1_is_longer"}).empty());
  ES_CHECK(found({.metadata_key = "actor"})
           == names({"ldg_1:1", "ldg_1:2", "ldg_%_2:1"}));
  ES_CHECK(found({.metadata_key = "actor", .metadata_value = "bob"})
           == names({"ldg_%_2:1"}));
  ES_CHECK(found({.metadata_key = "n", .metadata_value = "5"})
           == names({"ldg_%_2:1"}));
  ES_CHECK(found({.metadata_key = "none"}) == names({"ldg_%_2:1"}));
  ES_CHECK(found({.metadata_key = "none", .metadata_value = "null"}).empty());
  ES_CHECK(found({.metadata_key = "nothing"}).empty());
  ES_CHECK(found({.event_types = {"'; DROP TABLE es.events; --"}}).empty());
}

ES_BEHAVIOUR("a reader of few events gets on past the others") {
  must_write(at, an_append("ldg_1", 0, 300));
  const auto page =
    at.store().log().read({.filter = {.event_types = {"rare"}}}).value();
  ES_CHECK(page.events.empty());
  ES_CHECK(page.read_to >= read_all(at, {}).back().at);
}

ES_BEHAVIOUR("a page says whether it passed any event at all, and a log counts "
             "those that are wanted") {
  const auto start = at.store().log().read({}).value();
  ES_CHECK(!start.passed_any);
  fill(at);
  auto passed = [&](log_request request) {
    return at.store().log().read(request).value().passed_any;
  };
  ES_CHECK(passed({.after = start.read_to}));
  ES_CHECK(passed({.filter = {.event_types = {"rare"}}}));
  ES_CHECK(!passed({.after = at.store().log().end().value()}));
  auto& log = at.store().log();
  ES_CHECK_EQ(log.count({}).value(), 5);
  ES_CHECK_EQ(log.count({.event_types = {"opened"}}).value(), 2);
  ES_CHECK_EQ(
    log.count({.aggregate_types = {"ledger"}, .id_prefix = "ldg_1"}).value(),
    3);
  ES_CHECK_EQ(
    log.count({.metadata_key = "actor", .metadata_value = "ada"}).value(), 2);
}

ES_BEHAVIOUR("each aggregate is in exactly one of the partitions, with all its "
             "events in order") {
  std::set<std::string> expected;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 40; ++i) {
      const auto id = "ldg_" + std::to_string(i);
      must_write(at, an_append(id, round));
      expected.insert(id);
    }
  for (std::uint32_t count : {1u, 3u, 8u}) {
    std::map<std::string, std::uint32_t> home;
    std::size_t events = 0;
    std::size_t largest = 0;
    for (std::uint32_t index = 0; index < count; ++index) {
      std::map<std::string, version_t> heads;
      const auto share = read_all(at, {.part = {index, count}, .limit = 7});
      for (const auto& each : share) {
        ES_CHECK_EQ(each.event.version, ++heads[each.event.aggregate_id]);
        auto [i, is_new] = home.emplace(each.event.aggregate_id, index);
        ES_CHECK_EQ(i->second, index);
      }
      events += share.size();
      largest = std::max(largest, share.size());
    }
    ES_CHECK_EQ(events, 80u);
    ES_CHECK_EQ(home.size(), expected.size());
    if (count > 1)
      ES_CHECK_LT(largest, 70u);
  }
}

ES_BEHAVIOUR("an event that was answered has a position, which the log shows") {
  fill(at);
  const auto all = read_all(at, {});
  for (const auto& each : all)
    ES_CHECK(at.store()
               .log()
               .find_position(each.event.aggregate_id, each.event.version)
               .value()
             == each.at);
  ES_CHECK(!at.store().log().find_position("ldg_1", 4).value());
  ES_CHECK(!at.store().log().find_position("nobody", 1).value());
}

ES_BEHAVIOUR("nothing is held back where nobody writes") {
  fill(at);
  const auto status = at.store().log().status().value();
  ES_CHECK_EQ(status.held_back, 0);
  ES_CHECK(!status.holder);
  ES_CHECK(status.horizon > read_all(at, {}).back().at);
}

ES_BEHAVIOUR("a log is not read with partitions or filters that can't be") {
  auto refused = [&](log_request request) {
    const auto page = at.store().log().read(request);
    return !page && page.error().code == errc::invalid;
  };
  ES_CHECK(refused({.part = {0, 0}}));
  ES_CHECK(refused({.part = {3, 3}}));
  ES_CHECK(refused({.part = {0, partitions_max + 1}}));
  ES_CHECK(refused({.filter = {.id_prefix = std::string(1, '\0')}}));
  ES_CHECK(refused({.filter = {.event_types = {std::string(1, '\0')}}}));
  ES_CHECK(refused({.filter = {.metadata_value = "x"}}));
}

} // namespace conformance_log_test

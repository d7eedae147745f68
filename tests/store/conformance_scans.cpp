#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace conformance_scans_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

using place = std::pair<std::string, version_t>;

/// Ids whose order differs between bytes and human languages.
const std::vector<std::string>& ids() {
  static const std::vector<std::string> all = {
    "ldg_b", "ldg_B", "ldg_a",  "ldg_\xc3\xa4", "ldg_Z", "ldg_ a",
    "ldg-a", "LDG_a", "ldg_a1", "ldg_a 1",      "1",     "ldg__",
  };
  return all;
}

/// Each id gets some events, snapshots of all versions, and all published.
std::vector<place> fill(store_fixture& at) {
  std::vector<place> places;
  std::size_t count = 0;
  for (const auto& id : ids()) {
    count = count % 4 + 1;
    for (std::size_t i = 0; i < count; ++i) {
      auto append = an_append(id, static_cast<version_t>(i));
      append.events[0].publish = true;
      append.snapshot = new_snapshot{.data = "{}", .keep = 100};
      must_write(at, append);
      places.emplace_back(id, i + 1);
    }
  }
  std::sort(places.begin(), places.end());
  return places;
}

/// Reads all pages of a scan.
template <class Scan, class PlaceOf>
std::vector<place> read_all(std::size_t limit, Scan&& scan,
                            PlaceOf&& place_of) {
  std::vector<place> all;
  place after{"", 0};
  for (;;) {
    const auto page = scan(after, limit).value();
    ES_REQUIRE(page.size() <= limit);
    if (page.empty())
      return all;
    for (const auto& entry : page)
      all.push_back(place_of(entry));
    after = all.back();
    ES_REQUIRE(all.size() < 10'000);
  }
}

} // namespace

ES_BEHAVIOUR("a scan reads all events once, in the order of the ids' bytes and "
             "the versions") {
  const auto expected = fill(at);
  for (std::size_t limit : {1, 2, 3, 7, 1'000}) {
    const auto all = read_all(
      limit,
      [&](const place& after, std::size_t count) {
        return at.store().scan_events(after.first, after.second, count);
      },
      [](const recorded_event& x) {
        return place{x.aggregate_id, x.version};
      });
    ES_CHECK(all == expected);
  }
}

ES_BEHAVIOUR("a scan reads all snapshots once, in order") {
  const auto expected = fill(at);
  for (std::size_t limit : {1, 2, 7, 1'000}) {
    const auto all = read_all(
      limit,
      [&](const place& after, std::size_t count) {
        return at.store().scan_snapshots(after.first, after.second, count);
      },
      [](const recorded_snapshot& x) {
        return place{x.aggregate_id, x.version};
      });
    ES_CHECK(all == expected);
  }
}

ES_BEHAVIOUR("a scan reads all outbox rows once, in order") {
  const auto expected = fill(at);
  for (std::size_t limit : {1, 2, 7, 1'000}) {
    const auto all = read_all(
      limit,
      [&](const place& after, std::size_t count) {
        return at.store().scan_outbox(after.first, after.second, count);
      },
      [](const outbox_entry& x) {
        return place{x.aggregate_id, x.version};
      });
    ES_CHECK(all == expected);
  }
}

ES_BEHAVIOUR("a scan may begin after a place that does not exist") {
  must_write(at, an_append("ldg_1", 0, 2));
  must_write(at, an_append("ldg_3", 0, 2));
  auto first_after = [&](std::string_view id, version_t version) {
    const auto page = at.store().scan_events(id, version, 1).value();
    return page.empty() ? place{}
                        : place{page[0].aggregate_id, page[0].version};
  };
  ES_CHECK(first_after("ldg_2", 7) == place("ldg_3", 1));
  ES_CHECK(first_after("ldg_1", 9) == place("ldg_3", 1));
  ES_CHECK(first_after("ldg_3", 9) == place());
  ES_CHECK(first_after("zzz", 0) == place());
}

ES_BEHAVIOUR("a scanned event equals the loaded one") {
  must_write(at, an_append("ldg_1", 0, 3));
  ES_CHECK(*at.store().scan_events("", 0, 10) == events_of(at, "ldg_1"));
}

// -- projection tables --------------------------------------------------------

ES_BEHAVIOUR("a scan reads all rows once, in the order of the key's bytes") {
  version_t version = 0;
  auto expected = ids();
  for (const auto& id : expected) {
    ++version;
    must_write(at,
               with_change(an_append("ldg_1", version - 1), every_type_table(),
                           version, upsert(a_row(id, version, "note"))));
  }
  std::sort(expected.begin(), expected.end());
  for (std::size_t page : {1, 2, 5, 100}) {
    std::vector<std::string> found;
    for (const auto& row : rows_of(at, every_type_table(), page))
      found.push_back(row[0].text().value());
    ES_CHECK(found == expected);
  }
}

ES_BEHAVIOUR("a key of several columns sorts by each column's own type") {
  version_t version = 0;
  std::vector<std::pair<std::string, std::int64_t>> expected;
  for (const std::string owner : {"b", "a", ""})
    for (std::int64_t number : {10, 9, -1, 100, 0}) {
      ++version;
      must_write(at, with_change(an_append("ldg_1", version - 1), pairs_table(),
                                 version, upsert({version, number, owner})));
      expected.emplace_back(owner, number);
    }
  std::sort(expected.begin(), expected.end());
  for (std::size_t page : {1, 4, 100}) {
    std::vector<std::pair<std::string, std::int64_t>> found;
    for (const auto& row : rows_of(at, pairs_table(), page))
      found.emplace_back(row[2].text().value(),
                         std::stoll(row[1].text().value()));
    ES_CHECK(found == expected);
  }
}

ES_BEHAVIOUR("a scan with a wrong table or key is refused as invalid") {
  auto refused = [&](const projection_table& table, const row& after) {
    const auto found = at.store().scan_projection(table, after, 10);
    return !found && found.error().code == errc::invalid;
  };
  ES_CHECK(refused(every_type_table(), {"a", "b"}));
  ES_CHECK(refused(pairs_table(), {"a"}));
  ES_CHECK(refused(pairs_table(), {"a", "no number"}));
  auto wrong = every_type_table();
  wrong.name = "every_type; DROP TABLE es.events";
  ES_CHECK(refused(wrong, {}));
  wrong = every_type_table();
  wrong.columns[1].name = "no\"te";
  ES_CHECK(refused(wrong, {}));
  wrong = every_type_table();
  wrong.key = {"nothing"};
  ES_CHECK(refused(wrong, {}));
  wrong.key = {};
  ES_CHECK(refused(wrong, {}));
  wrong = every_type_table();
  wrong.version_column = "note";
  ES_CHECK(refused(wrong, {}));
}

} // namespace conformance_scans_test

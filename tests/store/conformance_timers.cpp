#include "eventsource/domain/process_type.hpp"
#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <string>

namespace conformance_timers_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

const projection_table& timers() {
  static const auto table = process_timer_table();
  return table;
}

/// The next event of a process, after which its first timer is due then.
void set_timer(store_fixture& at, const std::string& id, timestamp due_at,
               const std::string& process_type = "reminder") {
  const auto version = head_of(at, id) + 1;
  must_write(at, with_change(an_append(id, version - 1), timers(), version,
                             upsert({id, process_type, due_at, version})));
}

void clear_timer(store_fixture& at, const std::string& id) {
  const auto version = head_of(at, id) + 1;
  must_write(at, with_change(an_append(id, version - 1), timers(), version,
                             remove({id})));
}

using ids = std::vector<std::string>;

ids found_after(store_fixture& at, const process_timer& after,
                std::size_t limit, const std::string& type = "reminder") {
  ids result;
  const auto found = at.store().find_timers(type, after, limit).value();
  for (const auto& each : found)
    result.push_back(each.process_id);
  return result;
}

ids all_of(store_fixture& at, const std::string& type = "reminder") {
  return found_after(at, {}, 100, type);
}

constexpr std::chrono::microseconds tick{1};

} // namespace

ES_BEHAVIOUR("timers are found in the order in which they are due, to the "
             "microsecond, and equal ones in that of the ids' bytes") {
  set_timer(at, "rem_1", noon + 2 * tick);
  set_timer(at, "rem_2", noon);
  set_timer(at, "rem_3", noon + tick);
  set_timer(at, "rem_a", noon + tick);
  set_timer(at, "rem_B", noon + tick);
  ES_CHECK(all_of(at) == ids({"rem_2", "rem_3", "rem_B", "rem_a", "rem_1"}));
  const auto first = at.store().find_timers("reminder", {}, 1).value().at(0);
  ES_CHECK(first.due_at == noon);
}

ES_BEHAVIOUR("timers are read in pages that leave none out") {
  ids expected;
  for (int i = 0; i < 7; ++i) {
    expected.push_back("rem_" + std::to_string(i));
    set_timer(at, expected.back(), noon + i / 3 * tick);
  }
  for (std::size_t limit : {1, 2, 3, 7, 100}) {
    ids found;
    process_timer last;
    for (;;) {
      const auto page = at.store().find_timers("reminder", last, limit).value();
      ES_REQUIRE(page.size() <= limit);
      if (page.empty())
        break;
      for (const auto& each : page)
        found.push_back(each.process_id);
      last = page.back();
    }
    ES_CHECK(found == expected);
  }
}

ES_BEHAVIOUR("a page of timers may begin after a place that does not exist") {
  set_timer(at, "rem_1", noon);
  set_timer(at, "rem_2", noon + 2 * tick);
  ES_CHECK(found_after(at, {"", noon + tick}, 10) == ids({"rem_2"}));
  ES_CHECK(found_after(at, {"rem_0", noon}, 10) == ids({"rem_1", "rem_2"}));
  ES_CHECK(found_after(at, {"rem_3", noon + 2 * tick}, 10).empty());
}

ES_BEHAVIOUR("each process has its own timers") {
  set_timer(at, "rem_1", noon);
  set_timer(at, "oth_1", noon - tick, "other");
  set_timer(at, "oth_2", noon + tick, "other");
  ES_CHECK(all_of(at) == ids({"rem_1"}));
  ES_CHECK(all_of(at, "other") == ids({"oth_1", "oth_2"}));
  ES_CHECK(all_of(at, "remin").empty());
}

ES_BEHAVIOUR("a timer that was set anew or forgotten is found as it is now, "
             "also by another program") {
  set_timer(at, "rem_1", noon);
  set_timer(at, "rem_2", noon + tick);
  set_timer(at, "rem_1", noon + 2 * tick);
  ES_CHECK(all_of(at) == ids({"rem_2", "rem_1"}));
  clear_timer(at, "rem_2");
  const auto found = at.other().find_timers("reminder", {}, 10).value();
  ES_REQUIRE(found.size() == 1u);
  ES_CHECK_EQ(found[0].process_id, "rem_1");
  ES_CHECK(found[0].due_at == noon + 2 * tick);
}

ES_BEHAVIOUR("a timer whose event is refused is not set") {
  set_timer(at, "rem_1", noon);
  auto late = with_change(an_append("rem_1", 0), timers(), 1,
                          upsert({"rem_1", "reminder", noon + tick, 1}));
  ES_CHECK(is_refused(write_one(at, late), errc::conflict));
  const auto found = at.store().find_timers("reminder", {}, 10).value();
  ES_REQUIRE(found.size() == 1u);
  ES_CHECK(found[0].due_at == noon);
}

} // namespace conformance_timers_test

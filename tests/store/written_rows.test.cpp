#include "eventsource/store/written_rows.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace written_rows_test {

using namespace es;
using es::store::written_rows;

namespace {

const projection_table people{
  .name = "people",
  .columns = {{"first"}, {"last"}, {"age", column_type::bigint}},
  .key = {"first", "last"},
  .version_column = ""};

const projection_table places{
  .name = "places",
  .columns = {{"first"}, {"last"}, {"age", column_type::bigint}},
  .key = {"first", "last"},
  .version_column = ""};

table_change about(const projection_table& table, row cells) {
  return {.table = &table, .cells = std::move(cells)};
}

} // namespace

ES_TEST("a row is new until it was noted, whatever is done to it") {
  written_rows rows;
  ES_CHECK(rows.is_first(about(people, {"Ada", "Lovelace", 36})));
  ES_CHECK(!rows.is_first(about(people, {"Ada", "Lovelace", 37})));
  auto removal = about(people, {"Ada", "Lovelace"});
  removal.what = table_change::kind::remove;
  ES_CHECK(!rows.is_first(removal));
}

ES_TEST("rows of other tables and of other keys are new") {
  written_rows rows;
  ES_CHECK(rows.is_first(about(people, {"ab", "c", 1})));
  ES_CHECK(rows.is_first(about(people, {"a", "bc", 1})));
  ES_CHECK(rows.is_first(about(people, {"a", nullptr, 1})));
  ES_CHECK(rows.is_first(about(places, {"ab", "c", 1})));
}

ES_TEST("none of many rows is new twice, and nearly all are once") {
  written_rows rows;
  constexpr int count = 200'000;
  const auto count_new = [&] {
    int found = 0;
    for (int i = 0; i < count; ++i)
      if (rows.is_first(about(people, {"row", std::to_string(i), 1})))
        ++found;
    return found;
  };
  ES_CHECK_LT(count - count / 1'000, count_new());
  ES_CHECK_EQ(count_new(), 0);
}

} // namespace written_rows_test

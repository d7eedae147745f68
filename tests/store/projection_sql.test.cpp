#include "eventsource/store/postgres/projection_sql.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <nlohmann/json.hpp>

namespace projection_sql_test {

using namespace es::store::postgres;
using es::cell;
using es::column_type;

namespace {

const es::projection_table everything{
  .name = "everything",
  .columns = {{"region"},
              {"number", column_type::bigint},
              {"active", column_type::boolean},
              {"ratio", column_type::double_precision},
              {"since", column_type::timestamptz},
              {"extra", column_type::jsonb},
              {"version", column_type::bigint}},
  .key = {"number", "region"}};

constexpr auto ddl = R"(
  CREATE TABLE projection.everything (
    region text, number bigint, active boolean, ratio double precision,
    since timestamptz, extra jsonb, version bigint,
    PRIMARY KEY (region, number)))";

es::store::append_request write_row(const std::string& id, es::row cells) {
  static int made = 0;
  es::store::append_request result;
  result.aggregate_id = id;
  result.aggregate_type = "thing";
  result.events.push_back(
    {.id = "evt_" + std::to_string(++made), .type = "made", .data = "{}"});
  result.projection =
    es::projection_change{&everything, 1, es::upsert(std::move(cells))};
  return result;
}

} // namespace

ES_TEST("a statement's text depends on the table alone") {
  const auto& server = dialect_of(server_kind::postgresql);
  const auto upsert = upsert_rows(everything, {});
  ES_CHECK_EQ(upsert.text, upsert_rows(everything, {}).text);
  ES_CHECK_EQ(upsert.name, upsert_rows(everything, {}).name);
  auto other = everything;
  other.columns[2].name = "alive";
  ES_CHECK_NE(upsert.name, upsert_rows(other, {}).name);
  ES_CHECK_NE(upsert.name, delete_rows(everything, {}).name);
  ES_CHECK_NE(scan_rows(everything, {}, server, true).name,
              scan_rows(everything, {}, server, false).name);
  // The server keeps no more of a prepared statement's name.
  other.name = std::string(63, 'x');
  ES_CHECK_LT(upsert_rows(other, {}).name.size(), 64u);
}

ES_TEST("every column type comes back in the text form it was written in") {
  es::testing::test_database database;
  const auto store = database.open();
  database.observe().script(ddl);
  const es::timestamp since{std::chrono::microseconds{1'700'000'000'123'457}};
  const es::row full{cell("north \"{},\\"),
                     cell(7),
                     cell(true),
                     cell(0.1),
                     cell(since),
                     cell(nlohmann::json{{"b", 1}, {"aa", {1.5, nullptr}}}),
                     cell(1)};
  const es::row sparse{cell("north"), cell(8),       cell(false), cell(-1e300),
                       cell(nullptr), cell(nullptr), cell(1)};
  const auto outcomes =
    store->write(std::vector{write_row("a", full), write_row("b", sparse)});
  for (const auto& outcome : outcomes)
    ES_CHECK_EQ(outcome.error.message, "");
  const auto rows = store->scan_projection(everything, {}, 10);
  ES_REQUIRE(rows.has_value());
  ES_REQUIRE_EQ(rows->size(), 2u);
  ES_CHECK((*rows)[0] == full);
  ES_CHECK((*rows)[1] == sparse);
}

ES_TEST("pages follow the key: numbers by size, text by its bytes") {
  es::testing::test_database database;
  const auto store = database.open();
  database.observe().script(ddl);
  std::vector<es::store::append_request> batch;
  int made = 0;
  for (int number : {10, 9})
    for (auto region : {"b", "B", "\xc3\xa9", "a"})
      batch.push_back(
        write_row("x" + std::to_string(++made),
                  {cell(region), cell(number), cell(true), cell(1.0),
                   cell(nullptr), cell(nullptr), cell(1)}));
  for (const auto& outcome : store->write(batch))
    ES_CHECK_EQ(outcome.error.message, "");
  std::string seen;
  es::row after;
  for (;;) {
    const auto page = store->scan_projection(everything, after, 3);
    ES_REQUIRE(page.has_value());
    if (page->empty())
      break;
    for (const auto& row : *page)
      seen += *row[1].text() + *row[0].text() + " ";
    after = {page->back()[1], page->back()[0]};
  }
  ES_CHECK_EQ(seen, "9B 9a 9b 9\xc3\xa9 10B 10a 10b 10\xc3\xa9 ");
}

} // namespace projection_sql_test

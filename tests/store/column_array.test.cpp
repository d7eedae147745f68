#include "eventsource/store/postgres/column_array.hpp"

#include "eventsource/store/postgres/transaction.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <limits>
#include <utility>

namespace column_array_test {

using namespace es::store::postgres;
using namespace es::testing;
using es::store::append_request;

namespace {

/// How the server writes what it was sent in this form.
template <class Value>
std::vector<std::string>
sent_and_back(element_type type, const std::string& sql_type,
              const std::vector<Value>& values, value_format format) {
  static observer server{server_dsn()};
  column_array column{type, format};
  for (const auto& value : values)
    column.add(value);
  column.add_null();
  ES_CHECK_EQ(column.size(), values.size() + 1);
  const auto found = server.link().run(
    sql_statement{"sent_" + sql_type, "SELECT x FROM (SELECT unnest(CAST($1 AS "
                                        + sql_type + "[])) AS x) AS n"},
    {column.take()}, format);
  ES_CHECK_EQ(found.size(), values.size() + 1);
  ES_CHECK(found.is_null(values.size(), 0));
  std::vector<std::string> result;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.emplace_back(found.text(i, 0));
  return result;
}

template <class Value>
void check_alike(element_type type, const std::string& sql_type,
                 const std::vector<Value>& values) {
  const auto bytes =
    sent_and_back(type, sql_type, values, value_format::binary);
  ES_CHECK(bytes == sent_and_back(type, sql_type, values, value_format::text));
  // Different values stay different.
  ES_CHECK(std::set<std::string>(bytes.begin(), bytes.end()).size()
           == values.size());
}

std::vector<append_request> some_batch() {
  std::vector<append_request> batch;
  for (const auto& text : awkward_texts()) {
    auto& append = batch.emplace_back(
      an_append("ldg_" + std::to_string(batch.size()), 0, 2));
    append.events[0].type = text;
    append.events[0].publish = true;
    append.events[1].data = nlohmann::json{{"text", text}}.dump();
    append.events[1].schema_version = 7;
    append.metadata = nlohmann::json{{"note", text}}.dump();
  }
  return batch;
}

es::store::postgres::places all_of(const std::vector<append_request>& batch) {
  es::store::postgres::places chosen;
  for (std::size_t i = 0; i < batch.size(); ++i)
    chosen.push_back(i);
  return chosen;
}

} // namespace

ES_TEST("the server reads a column alike in both forms") {
  using namespace std::string_view_literals;
  check_alike<std::string_view>(
    element_type::text, "TEXT",
    {""sv, "NULL"sv, R"({"a",\b})"sv, "\xc3\xa9\n\t\x01"sv});
  check_alike<std::int32_t>(element_type::integer, "INTEGER",
                            {0, -1, 256, std::numeric_limits<int>::max(),
                             std::numeric_limits<int>::min()});
  check_alike<std::int64_t>(element_type::bigint, "BIGINT",
                            {0, -1, 256,
                             std::numeric_limits<std::int64_t>::max(),
                             std::numeric_limits<std::int64_t>::min()});
  using std::chrono::microseconds;
  check_alike<es::timestamp>(
    element_type::timestamptz, "TIMESTAMPTZ",
    {noon, noon + microseconds{1}, es::timestamp{microseconds{-1}},
     *es::parse_timestamp("0001-01-01T00:00:00Z"),
     *es::parse_timestamp("9999-12-31T23:59:59.999999Z")});
  for (const auto format : {value_format::text, value_format::binary}) {
    column_array truths{element_type::boolean, format};
    truths.add(true);
    truths.add(false);
    ES_CHECK_EQ(truths.size(), 2u);
    const auto found = observer{server_dsn()}.link().run(
      sql_statement{"truths", "SELECT unnest(CAST($1 AS BOOLEAN[]))"},
      {truths.take()}, format);
    ES_CHECK_EQ(found.text(0, 0), "t");
    ES_CHECK_EQ(found.text(1, 0), "f");
  }
}

ES_TEST("a batch is stored alike in both forms") {
  const auto batch = some_batch();
  std::vector<std::vector<es::recorded_event>> stored;
  for (const auto kind : {server_kind::postgresql, server_kind::cockroachdb}) {
    test_database database;
    const auto store = database.open();
    auto other = database.observe();
    auto rows = build_rows(batch, all_of(batch), dialect_of(kind));
    ES_CHECK(rows.events.format
             == (kind == server_kind::postgresql ? value_format::binary
                                                 : value_format::text));
    const auto tried =
      store_together(other.link(), batch, all_of(batch), std::move(rows));
    ES_REQUIRE(tried.what == attempt::kind::committed);
    stored.push_back(must(store->scan_events("", 0, 1'000)));
    ES_CHECK_EQ(other.value("SELECT count(*) FROM es.outbox"),
                std::to_string(batch.size()));
  }
  ES_REQUIRE(stored[0].size() == 2 * batch.size());
  ES_REQUIRE(stored[0].size() == stored[1].size());
  for (std::size_t i = 0; i < stored[0].size(); ++i) {
    const auto& one = stored[0][i];
    const auto& other = stored[1][i];
    ES_CHECK_EQ(one.id, other.id);
    ES_CHECK_EQ(one.type, other.type);
    ES_CHECK_EQ(one.data, other.data);
    ES_CHECK_EQ(one.metadata, other.metadata);
    ES_CHECK_EQ(one.schema_version, other.schema_version);
    ES_CHECK(one.occurred_at == other.occurred_at);
    ES_CHECK(one.occurred_at == noon);
  }
}

} // namespace column_array_test

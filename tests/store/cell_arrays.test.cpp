#include "eventsource/store/postgres/cell_arrays.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <limits>

namespace cell_arrays_test {

using namespace es::store::postgres;
using es::cell;
using es::column_type;
using es::row;

namespace {

constexpr std::array every_type{
  column_type::text,        column_type::bigint,
  column_type::boolean,     column_type::double_precision,
  column_type::timestamptz, column_type::jsonb};

es::timestamp micros(std::int64_t since_1970) {
  return es::timestamp{std::chrono::microseconds{since_1970}};
}

/// Of cells that stand below each other.
cell_arrays column_of(column_type type, const std::vector<row>& cells,
                      server_kind kind = server_kind::postgresql) {
  std::vector<const row*> rows;
  for (const auto& one : cells)
    rows.push_back(&one);
  return to_arrays(std::span{&type, 1}, rows, dialect_of(kind));
}

/// How the server writes what it was sent.
std::vector<std::optional<std::string>>
sent_and_back(const std::string& sql_type, const cell_arrays& column) {
  static es::testing::observer server{es::testing::server_dsn()};
  const auto found = server.link().run(
    sql_statement{"sent_" + std::string(sql_type.substr(0, 6)),
                  "SELECT x FROM (SELECT unnest(CAST($1 AS " + sql_type
                    + "[])) AS x) AS n"},
    column.values, column.format);
  std::vector<std::optional<std::string>> result;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found.is_null(i, 0))
      result.emplace_back();
    else
      result.emplace_back(std::string(found.text(i, 0)));
  return result;
}

/// The server reads the same from bytes and from text.
void check_sent(column_type type, const std::string& sql_type,
                const std::vector<row>& cells) {
  const auto bytes = column_of(type, cells);
  // Another server's text is this one's as well.
  const auto text = column_of(type, cells, server_kind::cockroachdb);
  ES_CHECK(bytes.format == value_format::binary);
  ES_CHECK(text.format == value_format::text);
  const auto back = sent_and_back(sql_type, bytes);
  ES_CHECK_EQ(back.size(), cells.size());
  ES_CHECK(back == sent_and_back(sql_type, text));
}

} // namespace

ES_TEST("the server reads from bytes what it reads from text") {
  check_sent(column_type::text, "TEXT",
             {{cell("")},
              {cell(nullptr)},
              {cell("NULL")},
              {cell(R"({"a",\b})")},
              {cell("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x98\n\t\x01")},
              {cell(std::string(100'000, 'x'))}});
  check_sent(column_type::bigint, "BIGINT",
             {{cell(0)},
              {cell(-1)},
              {cell(256)},
              {cell(nullptr)},
              {cell(std::numeric_limits<std::int64_t>::max())},
              {cell(std::numeric_limits<std::int64_t>::min())}});
  check_sent(column_type::boolean, "BOOLEAN",
             {{cell(true)}, {cell(nullptr)}, {cell(false)}});
  check_sent(column_type::double_precision, "DOUBLE PRECISION",
             {{cell(0.0)},
              {cell(-0.1)},
              {cell(1e300)},
              {cell(nullptr)},
              {cell(5e-324)},
              {cell(std::numeric_limits<double>::max())}});
  check_sent(column_type::timestamptz, "TIMESTAMPTZ",
             {{cell(micros(0))},
              {cell(micros(-1))},
              {cell(micros(946'684'800'000'000))},
              {cell(micros(1'700'000'000'123'457))},
              {cell(nullptr)},
              {cell("0001-01-01T00:00:00.000000Z")},
              {cell("9999-12-31T23:59:59.999999Z")}});
  check_sent(column_type::jsonb, "TEXT",
             {{cell(nlohmann::json{{"a", {1, nullptr}}})}, {cell(nullptr)}});
}

ES_TEST("what only the server can judge goes as text") {
  const std::vector<std::pair<column_type, std::vector<const char*>>> odd{
    {column_type::bigint,
     {" 7", "+7", "7.0", "", "9223372036854775808", "seven"}},
    {column_type::boolean, {"t", "yes", "TRUE", ""}},
    {column_type::double_precision,
     {"NaN", "Infinity", "-Infinity", "1e400", "0x10", " 1", ""}},
    {column_type::timestamptz,
     {"infinity", "2024-05-01", "2024-05-01 12:00:00.000000Z",
      "2024-05-01T12:00:00.000000z", "2024-02-30T12:00:00.000000Z",
      "0000-05-01T12:00:00.000000Z", "2024-05-01T12:00:60.000000Z",
      "2024-05-01T12:00:00.0000+02", ""}}};
  for (const auto& [type, texts] : odd)
    for (const auto* text : texts) {
      const auto column = column_of(type, {{cell(nullptr)}, {cell(text)}});
      ES_CHECK(column.format == value_format::text);
      ES_CHECK_EQ(*column.values.at(0), std::string{"{NULL,\""} + text + "\"}");
    }
}

ES_TEST("columns go in one form, each as one array of all rows") {
  const std::vector<column_type> types{column_type::text, column_type::bigint};
  const row first{cell("a"), cell(1)};
  const row second{cell("b"), cell(nullptr)};
  const row odd{cell("c"), cell("1 ")};
  const auto& server = dialect_of(server_kind::postgresql);
  const auto bytes = to_arrays(types, std::array{&first, &second}, server);
  ES_CHECK(bytes.format == value_format::binary);
  ES_CHECK_EQ(bytes.values.size(), 2u);
  ES_CHECK(sent_and_back("TEXT", {{bytes.values[0]}, bytes.format})
           == std::vector<std::optional<std::string>>({"a", "b"}));
  ES_CHECK(sent_and_back("BIGINT", {{bytes.values[1]}, bytes.format})
           == std::vector<std::optional<std::string>>({"1", std::nullopt}));
  const auto text = to_arrays(types, std::array{&first, &odd}, server);
  ES_CHECK(text.format == value_format::text);
  ES_CHECK_EQ(*text.values[0], R"({"a","c"})");
  ES_CHECK_EQ(*text.values[1], R"({"1","1 "})");
}

ES_TEST("no rows are empty arrays") {
  for (const auto type : every_type)
    ES_CHECK(column_of(type, {}).format == value_format::binary);
  ES_CHECK(sent_and_back("TEXT", column_of(column_type::text, {})).empty());
}

} // namespace cell_arrays_test

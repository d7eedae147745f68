#include "eventsource/store/postgres/sql_text.hpp"

#include "eventsource/store/embedded_files.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <string>

namespace sql_text_test {

using namespace es::store::postgres;

namespace {

sql_text texts(const es::store::table_names& names = {},
               server_kind kind = server_kind::postgresql) {
  return {names, dialect_of(kind)};
}

/// Braces that are not JSON's empty object.
bool has_placeholder(std::string_view text) {
  for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1))
    if (text.substr(at, 2) != "{}")
      return true;
  return false;
}

} // namespace

ES_TEST("placeholders become quoted names") {
  es::store::table_names names;
  names.schema = "Books";
  names.events = "facts";
  ES_CHECK_EQ(texts(names).fill("SELECT 1 FROM {events} AS {schema}"),
              "SELECT 1 FROM \"Books\".\"facts\" AS \"Books\"");
  ES_CHECK_EQ(texts(names).fill("{projection_schema}.x"), "\"projection\".x");
}

ES_TEST("braces around anything else stay") {
  const std::string text = "SELECT '{}', '{\"a\": 1}', '{other} {' , '}'";
  ES_CHECK_EQ(texts().fill(text), text);
}

ES_TEST("ids sort by their bytes on every server") {
  ES_CHECK_EQ(texts().fill("id{byte_order}"), "id COLLATE \"C\"");
  ES_CHECK_EQ(texts({}, server_kind::cockroachdb).fill("id{byte_order}"), "id");
}

ES_TEST("no statement keeps a placeholder") {
  const auto all = texts();
  ES_CHECK(!es::embedded::sql_queries().empty());
  for (const auto& file : es::embedded::sql_queries()) {
    const auto& statement = all[file.name];
    ES_CHECK_EQ(statement.name, std::string(file.name));
    ES_CHECK(!has_placeholder(statement.text));
  }
  for (const auto& file : es::embedded::sql_migrations())
    ES_CHECK(!has_placeholder(all.fill(file.text)));
  ES_CHECK(has_placeholder("'{}' {unknown}"));
}

ES_TEST("every statement begins with its name and says who runs it") {
  for (const auto& file : es::embedded::sql_queries()) {
    ES_MESSAGE(file.name);
    ES_CHECK(file.text.starts_with("-- " + std::string(file.name) + ":"));
    ES_CHECK(file.text.find("\n-- Run by: ") != std::string_view::npos);
    ES_CHECK(file.text.find("\n-- Rows: ") != std::string_view::npos);
    ES_CHECK_EQ(file.text.find(';', file.text.find("\nSELECT")),
                std::string_view::npos);
  }
}

ES_TEST("the server is known by what it calls itself") {
  ES_CHECK(dialect_for("PostgreSQL 15.4 on x86_64").kind
           == server_kind::postgresql);
  ES_CHECK(dialect_for("CockroachDB CCL v23.1.11 (x86_64)").kind
           == server_kind::cockroachdb);
}

} // namespace sql_text_test

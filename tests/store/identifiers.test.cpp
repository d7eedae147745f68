#include "eventsource/store/postgres/identifiers.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace identifiers_test {

using namespace es::store;
using namespace es::store::postgres;
using es::column_type;
using es::errc;

namespace {

es::projection_table accounts() {
  return {.name = "accounts",
          .columns = {{"id"},
                      {"balance", column_type::bigint},
                      {"version", column_type::bigint}},
          .key = {"id"}};
}

bool names(const es::result<void>& outcome, std::string_view part) {
  return !outcome && outcome.error().code == errc::invalid
         && outcome.error().message.find(part) != std::string::npos;
}

} // namespace

ES_TEST("plain identifiers pass") {
  for (auto name : {"a", "_a", "Events", "es_2", "x23456789"})
    ES_CHECK(check_identifier(name, "the name"));
  ES_CHECK(check_identifier(std::string(63, 'x'), "the name"));
}

ES_TEST("what is no plain identifier is refused by name") {
  for (auto name :
       {"", "2a", "a b", "a-b", "a\"b", "a;b", "a.b", "\xc3\xa9", "$a", "a$b"})
    ES_CHECK(
      names(check_identifier(name, "the table's name"), "the table's name"));
  ES_CHECK(names(check_identifier(std::string(64, 'x'), "the name"), "63"));
  ES_CHECK(
    names(check_identifier(std::string("a\0b", 3), "the name"), "the name"));
}

ES_TEST("quoting leaves no way out of the quotes") {
  ES_CHECK_EQ(quoted_name("events"), "\"events\"");
  ES_CHECK_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
  ES_CHECK_EQ(quoted_name("es", "events"), "\"es\".\"events\"");
}

ES_TEST("the default names pass") {
  ES_CHECK(check_names({}));
}

ES_TEST("a wrong or repeated table name is told by what it names") {
  es::store::table_names wrong;
  wrong.outbox = "out box";
  ES_CHECK(names(check_names(wrong), "the outbox table's name"));
  es::store::table_names repeated;
  repeated.snapshots = "events";
  ES_CHECK(names(check_names(repeated), "\"events\""));
}

ES_TEST("a projection table that fits passes") {
  ES_CHECK(check_table(accounts()));
  auto table = accounts();
  table.registered_at_column = "registered_at";
  ES_CHECK(check_table(table));
}

ES_TEST("a projection table that does not fit is refused by what is wrong") {
  auto table = accounts();
  table.name = "a b";
  ES_CHECK(names(check_table(table), "\"a b\""));
  table = accounts();
  table.columns.push_back({"balance"});
  ES_CHECK(names(check_table(table), "listed twice"));
  table = accounts();
  table.key = {};
  ES_CHECK(names(check_table(table), "empty"));
  table = accounts();
  table.key = {"owner"};
  ES_CHECK(names(check_table(table), "\"owner\""));
  table = accounts();
  table.version_column = "id";
  ES_CHECK(names(check_table(table), "bigint"));
  table = accounts();
  table.registered_at_column = "balance";
  ES_CHECK(names(check_table(table), "filled by the store"));
}

} // namespace identifiers_test

#include "eventsource/domain/table_check.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace table_check_test {

using namespace es;

namespace {

projection_table accounts() {
  return {.name = "accounts",
          .columns = {{"id"},
                      {"balance", column_type::bigint},
                      {"version", column_type::bigint}},
          .key = {"id"}};
}

bool names(const result<void>& outcome, std::string_view part) {
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
  table.columns = {};
  ES_CHECK(names(check_table(table), "no columns"));
  table = accounts();
  table.columns[1].name = "1a";
  ES_CHECK(names(check_table(table), "\"1a\""));
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
  table.version_column = "v";
  ES_CHECK(names(check_table(table), "\"v\""));
  table = accounts();
  table.registered_at_column = "balance";
  ES_CHECK(names(check_table(table), "filled by the store"));
  table = accounts();
  table.registered_at_column = "a.b";
  ES_CHECK(names(check_table(table), "\"a.b\""));
}

ES_TEST("where rows are not guarded there need be no version column, but no "
        "wrong one either") {
  auto table = accounts();
  table.version_column = "";
  ES_CHECK(!check_table(table));
  ES_CHECK(check_table(table, row_guard::none_needed));
  table.version_column = "id";
  ES_CHECK(names(check_table(table, row_guard::none_needed), "bigint"));
}

} // namespace table_check_test

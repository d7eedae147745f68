#include "eventsource/domain/table_check.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

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
  using table = projection_table;
  struct wrong_table {
    std::function<void(table&)> spoil;
    std::string_view complaint;
  };
  const wrong_table all[] = {
    {[](table& t) { t.columns = {}; }, "no columns"},
    {[](table& t) { t.columns.push_back({"balance"}); },
     "\"balance\" of the projection table \"accounts\" is listed twice"},
    {[](table& t) { t.key = {}; }, "the key"},
    {[](table& t) { t.key = {}; }, "empty"},
    {[](table& t) { t.key = {"owner"}; }, "\"owner\""},
    {[](table& t) {
       t.key = {"id", "owner"};
     },
     "key column \"owner\""},
    {[](table& t) { t.version_column = "id"; }, "bigint"},
    {[](table& t) { t.version_column = "v"; }, "\"v\""},
    {[](table& t) { t.registered_at_column = "balance"; },
     "filled by the store"},
  };
  for (const auto& each : all) {
    auto spoilt = accounts();
    each.spoil(spoilt);
    ES_CHECK(names(check_table(spoilt), each.complaint));
  }
}

ES_TEST("the table's name and its columns' names are plain identifiers") {
  for (const std::string& wrong :
       {std::string{}, std::string{"1a"}, std::string{"a b"},
        std::string{"a\"b"}, std::string{"a.b"}, std::string{"\xc3\xa9"},
        std::string(64, 'a')}) {
    const auto complaint = '"' + wrong + "\" ";
    auto table = accounts();
    table.name = wrong;
    ES_CHECK(names(check_table(table), complaint));
    table = accounts();
    table.columns[1].name = wrong;
    ES_CHECK(names(check_table(table), complaint));
    if (wrong.empty())
      continue; // none
    table = accounts();
    table.registered_at_column = wrong;
    ES_CHECK(names(check_table(table), complaint));
  }
  auto table = accounts();
  table.name = "_A1" + std::string(60, 'z');
  ES_CHECK(check_table(table));
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

ES_TEST("a key's columns are found wherever they stand, in the key's order") {
  auto table = accounts();
  table.columns.insert(table.columns.begin(), {"region"});
  table.key = {"id", "region"};
  ES_CHECK(key_places(table) == std::vector<std::size_t>({1, 0}));
  ES_CHECK(is_key(table, "id"));
  ES_CHECK(is_key(table, "region"));
  ES_CHECK(!is_key(table, "balance"));
  ES_CHECK(!is_key(table, "no such column"));
}

} // namespace table_check_test

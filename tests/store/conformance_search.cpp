#include "eventsource/store/text_search.hpp"
#include "eventsource/tests/store/conformance.hpp"

namespace conformance_search_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// One row a note, with the ids "1", "2", ...
void write_notes(store_fixture& at, const std::vector<cell>& notes) {
  int i = 0;
  for (const auto& note : notes) {
    const auto id = std::to_string(++i);
    auto cells = a_row(id, 1, "");
    cells[1] = note;
    must_write(at, with_change(an_append("ldg_" + id, 0), every_type_table(), 1,
                               upsert(std::move(cells))));
  }
}

std::vector<std::string> found(store_fixture& at, std::string_view words,
                               std::size_t limit = 10) {
  std::vector<std::string> ids;
  const auto rows =
    search_projection(at.store(), every_type_table(), "note", words, limit)
      .value();
  for (const auto& cells : rows)
    ids.push_back(cells[0].text().value());
  return ids;
}

using ids = std::vector<std::string>;

} // namespace

ES_BEHAVIOUR(
  "a search finds texts by the beginnings of all its words, whatever "
  "their case, order and punctuation") {
  write_notes(at, {"Raspberry Pi Trading Ltd", "Pi", "TRADING (raspberry)",
                   "Raspberries", nullptr, "strawberry, ltd."});
  ES_CHECK(found(at, "pi") == ids({"2", "1"}));
  ES_CHECK(found(at, "trading RASP") == ids({"3", "1"}));
  ES_CHECK(found(at, "  Ltd,Raspberry! ") == ids({"1"}));
  ES_CHECK(found(at, "raspberr") == ids({"4", "3", "1"}));
  ES_CHECK(found(at, "berry").empty());
  ES_CHECK(found(at, "pi nobody").empty());
}

ES_BEHAVIOUR("a search gives the shortest texts first, then those of lower "
             "keys, and not more than are wanted") {
  write_notes(at,
              {"acme three", "acme two", "acme", "acme one", "\u00fcmlaut"});
  ES_CHECK(found(at, "acme") == ids({"3", "2", "4", "1"}));
  ES_CHECK(found(at, "acme", 2) == ids({"3", "2"}));
  ES_CHECK(found(at, "\u00fcml") == ids({"5"}));
}

ES_BEHAVIOUR("a search reads its words as nothing but words") {
  write_notes(at, {"a 'quoted' text", "one & two | three"});
  ES_CHECK(found(at, "'quoted':*") == ids({"1"}));
  ES_CHECK(found(at, "!one <-> two") == ids({"2"}));
  ES_CHECK(found(at, "\\one 'two") == ids({"2"}));
  ES_CHECK(found(at, "quoted | two").empty());
}

ES_BEHAVIOUR("a search without a word, or of a column without text, is refused "
             "as invalid") {
  auto refused = [&](std::string_view column, std::string_view words) {
    const auto rows =
      search_projection(at.store(), every_type_table(), column, words, 10);
    return !rows && rows.error().code == errc::invalid;
  };
  ES_CHECK(refused("note", ""));
  ES_CHECK(refused("note", " -&! "));
  ES_CHECK(refused("note", "\xff"));
  ES_CHECK(refused("number", "one"));
  ES_CHECK(refused("nothing", "one"));
}

} // namespace conformance_search_test

#include "eventsource/tests/store/conformance.hpp"

#include <array>

namespace conformance_shadows_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

/// As `counts`, which the fixtures make.
const projection_table& words() {
  static const projection_table table{
    .name = "words",
    .columns = {{"word", column_type::text}, {"total", column_type::bigint}},
    .key = {"word"},
    .version_column = "",
  };
  return table;
}

const std::array<const projection_table*, 1> tables{&words()};

projected_batch adding(const held_lease& lease, std::string name,
                       const position& from, const position& to,
                       std::string word) {
  return {.key = {.name = std::move(name)},
          .lease = lease,
          .from = from,
          .to = to,
          .events = 1,
          .changes = {{.table = &words(),
                       .what = table_change::kind::increment,
                       .cells = {std::move(word), 1}}}};
}

held_lease lease_of(store_fixture& at, std::string_view name) {
  return at.store().leases().acquire_lease(name, "me", 1h).value().value();
}

} // namespace

ES_BEHAVIOUR("a shadow is filled while the old rows serve, then takes their "
             "place with its checkpoint and its dead letters") {
  auto& store = at.store().subscriptions();
  const auto live = lease_of(at, "live");
  const auto shadow = lease_of(at, "shadow");
  ES_REQUIRE(store.open({.name = "words"}, {}));
  auto old = adding(live, "words", {}, {1, 9, 9}, "old");
  old.dead_letters.push_back({.event_id = "evt_old", .at = {1, 1, 1}});
  ES_REQUIRE(store.commit(old));
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  ES_REQUIRE(store.open({.name = "words.rebuild"}, {}));
  auto one = adding(shadow, "words.rebuild", {}, {1, 5, 5}, "new");
  one.table_suffix = "_new";
  one.dead_letters.push_back({.event_id = "evt_new", .at = {1, 2, 1}});
  ES_REQUIRE(store.commit(one));
  ES_CHECK(rows_of(at, words()) == std::vector<row>({{"old", 1}}));
  ES_REQUIRE(store.swap_shadow(tables, "_new", "words",
                               {.name = "words.rebuild"}, shadow));
  ES_CHECK(rows_of(at, words()) == std::vector<row>({{"new", 1}}));
  const auto all = store.list().value();
  ES_REQUIRE(all.size() == 1u);
  ES_CHECK_EQ(all[0].key.name, "words");
  ES_CHECK(all[0].progress.at == position({1, 5, 5}));
  const auto letters = store.list_dead_letters("words", 10).value();
  ES_REQUIRE(letters.size() == 1u);
  ES_CHECK_EQ(letters[0].event_id, "evt_new");
  // Who still believes in the old rows notices.
  const auto late =
    store.commit(adding(live, "words", {1, 9, 9}, {1, 10, 1}, "late"));
  ES_CHECK(!late && late.error().code == errc::conflict);
  ES_CHECK(store.commit(adding(live, "words", {1, 5, 5}, {1, 10, 1}, "new"))
             .has_value());
  ES_CHECK(rows_of(at, words()) == std::vector<row>({{"new", 2}}));
}

ES_BEHAVIOUR("a shadow takes no place for whoever lost its lease") {
  auto& store = at.store().subscriptions();
  const auto lost = lease_of(at, "shadow");
  lease_of(at, "shadow");
  ES_REQUIRE(store.open({.name = "words"}, {1, 9, 9}));
  ES_REQUIRE(store.open({.name = "words.rebuild"}, {}));
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  const auto swapped =
    store.swap_shadow(tables, "_new", "words", {.name = "words.rebuild"}, lost);
  ES_CHECK(!swapped && swapped.error().code == errc::conflict);
  ES_CHECK_EQ(store.list().value().size(), 2u);
  ES_CHECK(store.open({.name = "words"}, {}).value().at == position({1, 9, 9}));
}

ES_BEHAVIOUR("a shadow is indexed early by nobody but its lease's owner, and "
             "its rows are written as before") {
  auto& store = at.store().subscriptions();
  const auto lost = lease_of(at, "shadow");
  const auto shadow = lease_of(at, "shadow");
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  ES_REQUIRE(store.open({.name = "words.rebuild"}, {}));
  const auto refused = store.index_shadow_early(tables, "_new", lost);
  ES_CHECK(!refused && refused.error().code == errc::conflict);
  ES_REQUIRE(store.index_shadow_early(tables, "_new", shadow));
  auto one = adding(shadow, "words.rebuild", {}, {1, 5, 5}, "new");
  one.table_suffix = "_new";
  ES_REQUIRE(store.commit(one));
  ES_REQUIRE(store.tend_shadow(tables, "_new"));
  ES_REQUIRE(store.swap_shadow(tables, "_new", "words",
                               {.name = "words.rebuild"}, shadow));
  ES_CHECK(rows_of(at, words()) == std::vector<row>({{"new", 1}}));
}

ES_BEHAVIOUR("a shadow that is dropped leaves nothing") {
  auto& store = at.store().subscriptions();
  const auto shadow = lease_of(at, "shadow");
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  ES_REQUIRE(store.open({.name = "words.rebuild"}, {}));
  auto one = adding(shadow, "words.rebuild", {}, {1, 5, 5}, "new");
  one.table_suffix = "_new";
  ES_REQUIRE(store.commit(one));
  ES_REQUIRE(store.drop_shadow(tables, "_new", "words.rebuild"));
  ES_REQUIRE(store.drop_shadow(tables, "_new", "words.rebuild"));
  ES_CHECK(store.list().value().empty());
  ES_REQUIRE(store.make_shadow(tables, "_new"));
  auto table = words();
  table.name = "words_new";
  ES_CHECK(rows_of(at, table).empty());
}

ES_BEHAVIOUR(
  "a large batch fills a shadow with new rows and replaces those that "
  "are there, whatever is in their cells") {
  auto& store = at.store().subscriptions();
  auto table = every_type_table();
  table.registered_at_column.clear();
  const std::array<const projection_table*, 1> only{&table};
  const auto shadow = lease_of(at, "shadow");
  ES_REQUIRE(store.make_shadow(only, "_new"));
  ES_REQUIRE(store.open({.name = "all.rebuild"}, {}));
  const auto name_of = [](int i) { return "row " + std::to_string(1'000 + i); };
  const auto note_of = [](int i) {
    return awkward_texts()[static_cast<std::size_t>(i)
                           % awkward_texts().size()];
  };
  const auto fill = [&](const position& from, const position& to, int first,
                        int new_from, int version) {
    projected_batch batch{.key = {.name = "all.rebuild"},
                          .lease = shadow,
                          .from = from,
                          .to = to,
                          .events = 200};
    batch.table_suffix = "_new";
    for (int i = first; i < first + 200; ++i) {
      row cells = a_row(name_of(i), version, note_of(i));
      if (i % 5 == 0)
        cells = {name_of(i), nullptr, nullptr, nullptr,
                 nullptr,    nullptr, nullptr, version};
      batch.changes.push_back({.table = &table,
                               .what = table_change::kind::upsert,
                               .cells = std::move(cells)});
      batch.row_is_new.push_back(i >= new_from);
    }
    batch.folded = fold_changes(batch.changes, batch.row_is_new).value();
    return store.commit(batch);
  };
  ES_REQUIRE(fill({}, {1, 1, 1}, 0, 0, 1));
  ES_REQUIRE(fill({1, 1, 1}, {1, 2, 1}, 150, 200, 2));
  ES_REQUIRE(
    store.swap_shadow(only, "_new", "all", {.name = "all.rebuild"}, shadow));
  const auto found = rows_of(at, table);
  ES_REQUIRE(found.size() == 350u);
  for (int i = 0; i < 350; ++i) {
    const auto& cells = found[static_cast<std::size_t>(i)];
    const int version = i < 150 ? 1 : 2;
    const auto expected = a_row(name_of(i), version, note_of(i));
    for (std::size_t j = 0; j < cells.size(); ++j) {
      const bool is_kept = i % 5 != 0 || j == 0 || j + 1 == cells.size();
      ES_CHECK(cells[j] == (is_kept ? expected[j] : cell{}));
    }
  }
}

ES_BEHAVIOUR("rows that are said to be new are written as others are, whatever "
             "a batch does to them") {
  using kind = table_change::kind;
  auto& store = at.store().subscriptions();
  ES_REQUIRE(store.open({.name = "words"}, {}));
  projected_batch batch{.key = {.name = "words"},
                        .lease = lease_of(at, "live"),
                        .from = {},
                        .to = {1, 1, 1},
                        .events = 1};
  const auto change = [&](kind what, row cells) {
    batch.changes.push_back({&words(), what, std::move(cells)});
  };
  change(kind::upsert, {"set", 1});
  change(kind::increment, {"set", 2});
  change(kind::increment, {"counted", 4});
  change(kind::increment, {"counted", nullptr});
  change(kind::remove, {"never there"});
  change(kind::upsert, {"gone", 5});
  change(kind::remove, {"gone"});
  change(kind::remove, {"back"});
  change(kind::increment, {"back", 6});
  batch.row_is_new.assign(batch.changes.size(), true);
  ES_REQUIRE(store.commit(batch));
  const std::vector<row> expected{{"back", 6}, {"counted", 4}, {"set", 3}};
  ES_CHECK(rows_of(at, words()) == expected);
  batch.from = batch.to;
  batch.to = {1, 2, 1};
  batch.changes.clear();
  change(kind::increment, {"set", 1});
  change(kind::upsert, {"later", 7});
  batch.row_is_new = {false, true};
  ES_REQUIRE(store.commit(batch));
  ES_CHECK(rows_of(at, words())
           == std::vector<row>(
             {{"back", 6}, {"counted", 4}, {"later", 7}, {"set", 4}}));
}

} // namespace conformance_shadows_test

#include "eventsource/tests/store/conformance.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace conformance_projections_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// Writes one event of `aggregate_id`, which has `head` events, with a change.
append_outcome change(store_fixture& at, const std::string& aggregate_id,
                      version_t head, const projection_table& table,
                      version_t version, row_change what) {
  return write_one(at, with_change(an_append(aggregate_id, head), table,
                                   version, std::move(what)));
}

/// The first append of an aggregate, which gives a row its note.
append_request with_note(const std::string& aggregate_id,
                         const std::string& row_id, version_t version,
                         const std::string& note) {
  return with_change(an_append(aggregate_id, 0), every_type_table(), version,
                     upsert(a_row(row_id, version, note)));
}

/// The note of the row with this id; "-" if there is none.
std::string note_of(store_fixture& at, const std::string& id) {
  for (const auto& row : rows_of(at, every_type_table()))
    if (row[0] == cell(id))
      return row[1].text().value_or("NULL");
  return "-";
}

} // namespace

// -- rows ---------------------------------------------------------------------

ES_BEHAVIOUR("a row is inserted, then replaced by newer ones") {
  const auto& table = every_type_table();
  for (version_t i = 0; i < 3; ++i) {
    auto row = a_row("r1", i + 1, "change " + std::to_string(i));
    ES_REQUIRE(is_committed(change(at, "ldg_1", i, table, i + 1, upsert(row))));
    ES_CHECK(rows_of(at, table) == std::vector<es::row>{row});
  }
}

ES_BEHAVIOUR("every column type keeps its extremes") {
  using limits = std::numeric_limits<std::int64_t>;
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  const timestamp far =
    sys_days{std::chrono::year{9999} / 12 / 31} + 23h + 59min + 59s + 999'999us;
  const timestamp early = sys_days{std::chrono::year{1000} / 1 / 1} + 1us;
  const std::vector<row> expected = {
    {"a", "", limits::max(), true, 0.1, noon, nlohmann::json::object(), 1},
    {"b", "x", limits::min(), false, 1e308, far, nlohmann::json::array(), 1},
    {"c", "x", 0, true, 5e-324, early, nlohmann::json(nullptr), 1},
    {"d", "x", -1, true, -1.0 / 3, timestamp{}, nlohmann::json("text"), 1},
    {"e", "x", 1, true, 123456789.0, noon, nlohmann::json(1e20), 1},
    {"f", "x", 1, true, 0.0, noon,
     nlohmann::json{{"b", {1, 2.5, "x\\\"y", nullptr, true}}, {"a", {{}}}}, 1},
  };
  version_t head = 0;
  for (const auto& row : expected)
    ES_REQUIRE(is_committed(
      change(at, "ldg_1", head++, every_type_table(), 1, upsert(row))));
  const auto found = rows_of(at, every_type_table());
  ES_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t j = 0; j < found[i].size(); ++j) {
      const auto a = found[i][j].text().value_or("NULL");
      const auto b = expected[i][j].text().value_or("NULL");
      if (every_type_table().columns[j].type == column_type::jsonb)
        ES_CHECK(same_json(a, b));
      else
        ES_CHECK_EQ(a, b);
    }
}

ES_BEHAVIOUR("every column outside the key can be NULL, and can become so") {
  const auto& table = every_type_table();
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 0, table, 1, upsert(a_row("r1", 1, "full")))));
  const row empty = {"r1",    nullptr, nullptr, nullptr,
                     nullptr, nullptr, nullptr, 2};
  ES_REQUIRE(is_committed(change(at, "ldg_1", 1, table, 2, upsert(empty))));
  ES_CHECK(rows_of(at, table) == std::vector<es::row>{empty});
}

ES_BEHAVIOUR("a text that says NULL is not NULL") {
  const auto& table = every_type_table();
  auto row = a_row("r1", 1, "NULL");
  ES_REQUIRE(is_committed(change(at, "ldg_1", 0, table, 1, upsert(row))));
  ES_CHECK(rows_of(at, table) == std::vector<es::row>{row});
}

ES_BEHAVIOUR("a change of no kind writes nothing") {
  ES_REQUIRE(is_committed(change(at, "ldg_1", 0, every_type_table(), 1, {})));
  projection_change empty;
  auto append = an_append("ldg_1", 1);
  append.projection = empty;
  must_write(at, append);
  ES_CHECK(rows_of(at, every_type_table()).empty());
}

ES_BEHAVIOUR("a row is removed by its key, and others stay") {
  const auto& table = pairs_table();
  version_t head = 0;
  for (const std::string owner : {"a", "b"})
    for (std::int64_t number : {1, 2})
      ES_REQUIRE(is_committed(
        change(at, "ldg_1", head++, table, 1, upsert({1, number, owner}))));
  ES_REQUIRE(
    is_committed(change(at, "ldg_1", head++, table, 2, es::remove({"a", 2}))));
  const std::vector<row> left = {{1, 1, "a"}, {1, 1, "b"}, {1, 2, "b"}};
  ES_CHECK(rows_of(at, table) == left);
}

ES_BEHAVIOUR("removing a row that is not there is no failure") {
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 0, every_type_table(), 1, es::remove({"nobody"}))));
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 1, every_type_table(), 2, es::remove({nullptr}))));
  ES_CHECK(rows_of(at, every_type_table()).empty());
}

ES_BEHAVIOUR("a removed row can come back") {
  const auto& table = every_type_table();
  for (version_t i = 0; i < 3; ++i) {
    auto what = i == 1 ? es::remove({"r1"})
                       : upsert(a_row("r1", i + 1, std::to_string(i)));
    ES_REQUIRE(is_committed(change(at, "ldg_1", i, table, i + 1, what)));
    ES_CHECK_EQ(note_of(at, "r1"), i == 1 ? "-" : std::to_string(i));
  }
}

// -- the guard by version -----------------------------------------------------

ES_BEHAVIOUR("an older row never overwrites a newer one") {
  const auto& table = every_type_table();
  // Two aggregates write the same row, the newer version first.
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 0, table, 5, upsert(a_row("r1", 5, "newer")))));
  ES_REQUIRE(is_committed(
    change(at, "ldg_2", 0, table, 3, upsert(a_row("r1", 3, "older")))));
  ES_CHECK_EQ(note_of(at, "r1"), "newer");
  // The append itself is none the worse for it.
  ES_CHECK_EQ(head_of(at, "ldg_2"), 1);
  ES_REQUIRE(is_committed(
    change(at, "ldg_2", 1, table, 6, upsert(a_row("r1", 6, "newest")))));
  ES_CHECK_EQ(note_of(at, "r1"), "newest");
}

ES_BEHAVIOUR("an older removal leaves a newer row") {
  const auto& table = every_type_table();
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 0, table, 5, upsert(a_row("r1", 5, "newer")))));
  ES_REQUIRE(
    is_committed(change(at, "ldg_2", 0, table, 3, es::remove({"r1"}))));
  ES_CHECK_EQ(note_of(at, "r1"), "newer");
  ES_REQUIRE(
    is_committed(change(at, "ldg_2", 1, table, 6, es::remove({"r1"}))));
  ES_CHECK_EQ(note_of(at, "r1"), "-");
}

ES_BEHAVIOUR("a row whose version is NULL gives way to any") {
  const auto& table = every_type_table();
  auto unversioned = a_row("r1", 0, "unversioned");
  unversioned.back() = nullptr;
  ES_REQUIRE(
    is_committed(change(at, "ldg_1", 0, table, 1, upsert(unversioned))));
  ES_CHECK_EQ(note_of(at, "r1"), "unversioned");
  ES_REQUIRE(is_committed(
    change(at, "ldg_1", 1, table, 2, upsert(a_row("r1", 2, "versioned")))));
  ES_CHECK_EQ(note_of(at, "r1"), "versioned");
}

// -- batches ------------------------------------------------------------------

ES_BEHAVIOUR("of many changes of a row in one batch the last one stays") {
  const auto& table = every_type_table();
  std::vector<append_request> batch;
  for (version_t i = 0; i < 5; ++i)
    batch.push_back(
      with_change(an_append("ldg_1", i), table, i + 1,
                  upsert(a_row("r1", i + 1, std::to_string(i + 1)))));
  for (const auto& outcome : at.store().write(batch))
    ES_CHECK(is_committed(outcome));
  ES_CHECK(rows_of(at, table) == std::vector<es::row>{a_row("r1", 5, "5")});
}

ES_BEHAVIOUR("the newest change of a row wins wherever it stands in the "
             "batch") {
  const auto outcomes = at.store().write(std::vector{
    with_note("ldg_1", "r1", 2, "middle"),
    with_note("ldg_2", "r1", 3, "newest"),
    with_note("ldg_3", "r1", 1, "oldest"),
    with_change(an_append("ldg_4", 0), every_type_table(), 9,
                es::remove({"r2"})),
    with_note("ldg_5", "r2", 4, "older than its removal"),
  });
  for (const auto& outcome : outcomes)
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(note_of(at, "r1"), "newest");
  ES_CHECK_EQ(note_of(at, "r2"), "-");
}

ES_BEHAVIOUR("of changes of one version the last of the batch wins") {
  const auto outcomes = at.store().write(std::vector{
    with_note("ldg_2", "r1", 1, "first"),
    with_note("ldg_3", "r1", 1, "second"),
    with_note("ldg_1", "r1", 1, "last"),
  });
  for (const auto& outcome : outcomes)
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(note_of(at, "r1"), "last");
}

ES_BEHAVIOUR("a row's key is the same as a number and as its text") {
  const auto& table = pairs_table();
  const auto outcomes = at.store().write(std::vector{
    with_change(an_append("ldg_1", 0), table, 1, upsert({1, 7, "a"})),
    with_change(an_append("ldg_2", 0), table, 3, upsert({3, "7", "a"})),
    with_change(an_append("ldg_3", 0), table, 2, upsert({2, 7, "a"})),
    with_change(an_append("ldg_4", 0), table, 1, upsert({1, "10", "a"})),
    with_change(an_append("ldg_5", 0), table, 2, es::remove({"a", 10})),
    with_change(an_append("ldg_6", 0), table, 2, upsert({2, 1, "5"})),
    with_change(an_append("ldg_7", 0), table, 1, upsert({1, 1, 5})),
  });
  for (const auto& outcome : outcomes)
    ES_CHECK(is_committed(outcome));
  const std::vector<row> left = {{2, 1, "5"}, {3, 7, "a"}};
  ES_CHECK(rows_of(at, table) == left);
}

ES_BEHAVIOUR("a row may be written, removed and written again in one batch") {
  const auto& table = every_type_table();
  auto write = [&](version_t head, row_change first, row_change second) {
    return at.store().write(std::vector{
      with_change(an_append("ldg_1", head), table, head + 1, std::move(first)),
      with_change(an_append("ldg_1", head + 1), table, head + 2,
                  std::move(second))});
  };
  ES_CHECK(write(0, upsert(a_row("r1", 1, "1")), es::remove({"r1"}))[1].ok());
  ES_CHECK_EQ(note_of(at, "r1"), "-");
  ES_CHECK(write(2, es::remove({"r1"}), upsert(a_row("r1", 4, "4")))[1].ok());
  ES_CHECK_EQ(note_of(at, "r1"), "4");
}

ES_BEHAVIOUR("a refused append's change does not count in its batch") {
  const auto& table = every_type_table();
  const auto outcomes = at.store().write(
    std::vector{with_change(an_append("ldg_1", 0), table, 1,
                            upsert(a_row("r1", 1, "stored"))),
                with_change(an_append("ldg_1", 5), table, 6,
                            upsert(a_row("r1", 6, "refused")))});
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_refused(outcomes[1], errc::conflict));
  ES_CHECK_EQ(note_of(at, "r1"), "stored");
}

ES_BEHAVIOUR("one batch writes many rows of many tables") {
  std::vector<append_request> batch;
  for (int i = 0; i < 500; ++i) {
    const auto id = std::to_string(i);
    batch.push_back(with_change(an_append("ldg_" + id, 0), every_type_table(),
                                1, upsert(a_row(id, 1, id))));
    batch.push_back(with_change(an_append("acc_" + id, 0), pairs_table(), 1,
                                upsert({1, i, "owner"})));
  }
  for (const auto& outcome : at.store().write(batch))
    ES_REQUIRE(is_committed(outcome));
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 500u);
  ES_CHECK_EQ(rows_of(at, pairs_table()).size(), 500u);
  ES_CHECK_EQ(note_of(at, "499"), "499");
}

// -- wrong changes ------------------------------------------------------------

ES_BEHAVIOUR("a row with too many or too few cells is invalid") {
  const auto& table = every_type_table();
  auto longer = a_row("r1", 1, "note");
  longer.push_back(1);
  auto shorter = a_row("r1", 1, "note");
  shorter.pop_back();
  auto refused = [&](row_change what) {
    return is_refused(change(at, "ldg_1", 0, table, 1, std::move(what)),
                      errc::invalid);
  };
  ES_CHECK(refused(upsert(longer)));
  ES_CHECK(refused(upsert(shorter)));
  ES_CHECK(refused(upsert({})));
  ES_CHECK(refused(es::remove({})));
  ES_CHECK(refused(es::remove({"r1", 1})));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("a cell that its column can't hold is invalid") {
  const std::vector<std::pair<std::size_t, std::string>> wrong = {
    {2, "seven"}, {2, "9223372036854775808"}, {2, ""},         {3, "perhaps"},
    {4, "half"},  {5, "yesterday-ish"},       {6, "{no json"}, {6, ""},
    {7, "one"},
  };
  for (const auto& [column, text] : wrong) {
    auto row = a_row("r1", 1, "note");
    row[column] = text;
    ES_CHECK(is_refused(
      change(at, "ldg_1", 0, every_type_table(), 1, upsert(std::move(row))),
      errc::invalid));
  }
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("a table that is described wrongly is invalid") {
  auto refused = [&](auto&& spoil) {
    auto table = every_type_table();
    spoil(table);
    return is_refused(
      change(at, "ldg_1", 0, table, 1, upsert(a_row("r1", 1, "note"))),
      errc::invalid);
  };
  ES_CHECK(refused([](projection_table& x) { x.name = "every type"; }));
  ES_CHECK(refused([](projection_table& x) { x.name = ""; }));
  ES_CHECK(refused([](projection_table& x) { x.columns[1].name = "a\"b"; }));
  ES_CHECK(refused([](projection_table& x) { x.columns[1].name = "number"; }));
  ES_CHECK(refused([](projection_table& x) { x.key.clear(); }));
  ES_CHECK(refused([](projection_table& x) { x.key = {"nothing"}; }));
  ES_CHECK(refused([](projection_table& x) { x.version_column = "note"; }));
  ES_CHECK(
    refused([](projection_table& x) { x.registered_at_column = "note"; }));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("a statement that begins or ends transactions is invalid and "
             "harms only its append") {
  for (const std::string sql :
       {"COMMIT", "rollback;", " ;begin", "-- x\n /* /* */ */ End", "ABORT",
        "START TRANSACTION", "SAVEPOINT a", "RELEASE a", "PREPARE x AS y"}) {
    auto bad = an_append("ldg_bad", 0);
    bad.statements = {{.sql = sql, .parameters = {}}};
    const auto head = head_of(at, "ldg_1");
    const auto outcomes =
      at.store().write(std::vector{bad, an_append("ldg_1", head)});
    ES_CHECK(is_refused(outcomes[0], errc::invalid));
    ES_CHECK(is_committed(outcomes[1]));
  }
  ES_CHECK_EQ(head_of(at, "ldg_bad"), 0);
}

ES_BEHAVIOUR("a statement that would change the connection for others is "
             "invalid; SET LOCAL is not") {
  for (const std::string sql :
       {"SET search_path TO public", "set session work_mem = '1MB'",
        "RESET all", "LISTEN news", "UNLISTEN *", "DISCARD ALL",
        "LOAD 'auto_explain'"}) {
    auto bad = an_append("ldg_bad", 0);
    bad.statements = {{.sql = sql, .parameters = {}}};
    ES_CHECK(is_refused(at.store().write(std::vector{bad})[0], errc::invalid));
  }
  ES_CHECK_EQ(head_of(at, "ldg_bad"), 0);
  auto good = an_append("ldg_1", 0);
  good.statements = {{.sql = "SET LOCAL work_mem = '1MB'", .parameters = {}}};
  must_write(at, good);
}

ES_BEHAVIOUR("statements of the user's own are accepted with their append") {
  auto append = an_append("ldg_1", 0);
  append.statements = {{.sql = "SELECT $1::text", .parameters = {"it's"}},
                       {.sql = "SELECT $1::int", .parameters = {std::nullopt}}};
  must_write(at, append);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

} // namespace conformance_projections_test

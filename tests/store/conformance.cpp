#include "eventsource/tests/store/conformance.hpp"

#include "eventsource/domain/ksuid.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace es::testing {

// -- stores times behaviours --------------------------------------------------

namespace {

struct behaviour {
  const char* sentence;
  behaviour_function check;
};

struct suite {
  std::string file;
  fixture_factory make;
};

/// Whichever of both is registered later, in whatever order the files'
/// static objects are made, meets all of the other.
std::vector<behaviour>& behaviours() {
  static std::vector<behaviour> all;
  return all;
}

std::vector<suite>& suites() {
  static std::vector<suite> all;
  return all;
}

void add_test(const suite& where, const behaviour& what) {
  test_registration{where.file, what.sentence,
                    [make = where.make, check = what.check] {
                      auto at = make();
                      check(*at);
                    }};
}

} // namespace

conforming_store::conforming_store(std::string_view file,
                                   fixture_factory make) {
  const auto& added =
    suites().emplace_back(suite{std::string(file), std::move(make)});
  for (const auto& each : behaviours())
    add_test(added, each);
}

behaviour_registration::behaviour_registration(const char* sentence,
                                               behaviour_function check) {
  const auto& added = behaviours().emplace_back(behaviour{sentence, check});
  for (const auto& each : suites())
    add_test(each, added);
}

// -- appends ------------------------------------------------------------------

const timestamp noon{std::chrono::microseconds{1'714'564'800'123'456}};

std::string new_event_id() {
  static auto ids = ksuid_generator::system();
  return ids.next(event_id_prefix);
}

store::append_request an_append(std::string aggregate_id,
                                version_t expected_version,
                                std::size_t events) {
  store::append_request append;
  append.aggregate_id = std::move(aggregate_id);
  append.aggregate_type = "ledger";
  append.expected_version = expected_version;
  append.occurred_at = noon;
  append.metadata = R"({"actor":"test"})";
  for (std::size_t i = 0; i < events; ++i)
    append.events.push_back({.id = new_event_id(),
                             .type = "noted",
                             .data = "{\"n\":" + std::to_string(i) + "}"});
  return append;
}

store::append_outcome write_one(store_fixture& at,
                                const store::append_request& append) {
  auto outcomes = at.store().write({&append, 1});
  ES_REQUIRE(outcomes.size() == 1u);
  return std::move(outcomes.front());
}

receipt must_write(store_fixture& at, const store::append_request& append) {
  auto outcome = write_one(at, append);
  ES_CHECK_EQ(to_string(outcome.error), to_string(error{}));
  ES_REQUIRE(is_committed(outcome));
  return std::move(outcome.receipt);
}

std::vector<recorded_event> events_of(store_fixture& at, std::string_view id) {
  return at.store().load_events(id, 1, 100'000).value();
}

version_t head_of(store_fixture& at, std::string_view id) {
  version_t head = 0;
  for (const auto& event : events_of(at, id)) {
    ++head;
    ES_REQUIRE(event.version == head);
  }
  return head;
}

bool is_committed(const store::append_outcome& outcome) {
  return outcome.what == store::append_outcome::kind::committed;
}

bool is_duplicate(const store::append_outcome& outcome) {
  return outcome.what == store::append_outcome::kind::duplicate;
}

bool is_refused(const store::append_outcome& outcome, errc code) {
  if (outcome.what != store::append_outcome::kind::refused)
    return false;
  if (outcome.error.code != code)
    ES_MESSAGE("refused otherwise: " << to_string(outcome.error));
  // An error that does not say what happened is half an error.
  return outcome.error.code == code && !outcome.error.message.empty();
}

bool same_json(std::string_view a, std::string_view b) {
  return nlohmann::json::parse(a) == nlohmann::json::parse(b);
}

const std::vector<std::string>& awkward_texts() {
  static const std::vector<std::string> all = {
    "NULL",
    "null",
    "{}",
    "{NULL}",
    "{\"a\",\"b\"}",
    "[]",
    "\\",
    "\\\\",
    "ends in \\",
    "\"",
    "\"\"",
    "'",
    "'; DROP TABLE es.events; --",
    "a,b",
    ",",
    "line\nbreak\r\nand\ttab",
    " blanks around ",
    "\\x41",
    "\\N",
    "$1",
    "%s {} {0}",
    "E'\\n'",
    "\x01\x1f\x7f",
    "\xc3\xbc\xc3\xb1\xc3\xaf",             // u, n, i with marks
    "\xe6\x97\xa5\xe6\x9c\xac",             // Japan
    "\xf0\x9f\x98\x80",                     // beyond 16 bits
    "e\xcc\x81",                            // a combining mark
    "\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf", // separators and a byte order mark
    std::string(20'000, 'x'),
  };
  return all;
}

// -- projections --------------------------------------------------------------

const projection_table& every_type_table() {
  static const projection_table table{
    .name = "every_type",
    .columns = {{"id", column_type::text},
                {"note", column_type::text},
                {"number", column_type::bigint},
                {"is_open", column_type::boolean},
                {"ratio", column_type::double_precision},
                {"due_at", column_type::timestamptz},
                {"details", column_type::jsonb},
                {"version", column_type::bigint}},
    .key = {"id"},
    .version_column = "version",
    .registered_at_column = "registered_at",
  };
  return table;
}

const projection_table& pairs_table() {
  static const projection_table table{
    .name = "pairs",
    .columns = {{"revision", column_type::bigint},
                {"place", column_type::bigint},
                {"owner", column_type::text}},
    .key = {"owner", "place"},
    .version_column = "revision",
  };
  return table;
}

std::string_view projection_ddl() {
  return R"(
CREATE TABLE {projection_schema}.every_type (
  id            VARCHAR PRIMARY KEY,
  note          TEXT,
  number        BIGINT,
  is_open       BOOLEAN,
  ratio         DOUBLE PRECISION,
  due_at        TIMESTAMPTZ,
  details       JSONB,
  version       BIGINT,
  registered_at TIMESTAMPTZ
);
CREATE TABLE {projection_schema}.pairs (
  owner    TEXT,
  place    BIGINT,
  revision BIGINT,
  PRIMARY KEY (owner, place)
);
CREATE TABLE {projection_schema}.counts (
  country TEXT COLLATE "C",
  day     BIGINT,
  total   BIGINT,
  weight  DOUBLE PRECISION,
  note    TEXT,
  PRIMARY KEY (country, day)
);
CREATE TABLE {projection_schema}.words (
  word  TEXT PRIMARY KEY,
  total BIGINT
);
)";
}

row a_row(std::string id, version_t version, std::string_view note) {
  return {std::move(id),
          note,
          7,
          true,
          0.5,
          noon,
          nlohmann::json{{"deep", {1, 2, 3}}},
          version};
}

store::append_request with_change(store::append_request append,
                                  const projection_table& table,
                                  version_t version, row_change change) {
  append.projection = {
    .table = &table, .version = version, .change = std::move(change)};
  return append;
}

std::vector<row> rows_of(store_fixture& at, const projection_table& table,
                         std::size_t page) {
  std::vector<row> all;
  for (row after;;) {
    auto found = at.store().scan_projection(table, after, page).value();
    all.insert(all.end(), found.begin(), found.end());
    if (found.size() < page)
      return all;
    after.clear();
    for (const auto& name : table.key)
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i].name == name)
          after.push_back(found.back()[i]);
  }
}

} // namespace es::testing

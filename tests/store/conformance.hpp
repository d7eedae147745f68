#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What every event store promises, written once against its face. A store
/// runs all of it by adding itself under the name of a suite; then each
/// sentence is a test of that suite.
namespace es::testing {

/// An empty store for one test.
class store_fixture {
public:
  virtual ~store_fixture() = default;

  virtual store::event_store& store() = 0;

  /// The same data as another program sees them, with connections of its own.
  virtual store::event_store& other() = 0;
};

using fixture_factory = std::function<std::unique_ptr<store_fixture>()>;

/// Runs every behaviour on a fixture of its own, in the suite of `file`.
struct conforming_store {
  conforming_store(std::string_view file, fixture_factory make);
};

using behaviour_function = void (*)(store_fixture& at);

struct behaviour_registration {
  behaviour_registration(const char* sentence, behaviour_function check);
};

// -- appends ------------------------------------------------------------------

/// 2024-05-01T12:00:00.123456Z, when the events of `an_append` occurred.
extern const timestamp noon;

/// An id that no other event of this process has.
[[nodiscard]] std::string new_event_id();

/// Well-formed, of the type "ledger", with events of the type "noted".
[[nodiscard]] store::append_request an_append(std::string aggregate_id,
                                              version_t expected_version,
                                              std::size_t events = 1);

/// Writes a batch of one.
store::append_outcome write_one(store_fixture& at,
                                const store::append_request& append);

/// Writes a batch of one and requires that it commits.
receipt must_write(store_fixture& at, const store::append_request& append);

/// All events of an aggregate, at most 100,000.
[[nodiscard]] std::vector<recorded_event> events_of(store_fixture& at,
                                                    std::string_view id);

/// How many events an aggregate has; fails the test unless their versions are
/// 1..n.
[[nodiscard]] version_t head_of(store_fixture& at, std::string_view id);

[[nodiscard]] bool is_committed(const store::append_outcome& outcome);
[[nodiscard]] bool is_duplicate(const store::append_outcome& outcome);
[[nodiscard]] bool is_refused(const store::append_outcome& outcome, errc code);

/// Whether two texts are the same JSON value.
[[nodiscard]] bool same_json(std::string_view a, std::string_view b);

/// Text that goes wrong in stores that quote carelessly. No NUL characters, all
/// valid UTF-8.
[[nodiscard]] const std::vector<std::string>& awkward_texts();

// -- projections --------------------------------------------------------------

/// One column of each type, the key `id`; fixtures make this table and the
/// next one.
[[nodiscard]] const projection_table& every_type_table();

/// Two key columns, not in the order of its columns.
[[nodiscard]] const projection_table& pairs_table();

/// The tables above, and those of the tests of async projections, as PostgreSQL
/// knows them, {projection_schema} being the schema of projections.
[[nodiscard]] std::string_view projection_ddl();

/// A row of `every_type_table` with plain values.
[[nodiscard]] row a_row(std::string id, version_t version,
                        std::string_view note);

/// `append` with a row change.
[[nodiscard]] store::append_request with_change(store::append_request append,
                                                const projection_table& table,
                                                version_t version,
                                                row_change change);

/// All rows in key order, read with pages of `page` rows.
[[nodiscard]] std::vector<row> rows_of(store_fixture& at,
                                       const projection_table& table,
                                       std::size_t page = 100);

} // namespace es::testing

#define ES_BEHAVIOUR_NAME_2(kind, line) kind##_##line
#define ES_BEHAVIOUR_NAME(kind, line) ES_BEHAVIOUR_NAME_2(kind, line)

/// A test of every store: `ES_BEHAVIOUR("sentence") { ... at.store() ... }`.
#define ES_BEHAVIOUR(sentence) \
  static void ES_BEHAVIOUR_NAME(behaviour, \
                                __LINE__)(::es::testing::store_fixture & at); \
  static const ::es::testing::behaviour_registration ES_BEHAVIOUR_NAME( \
    registered, __LINE__){sentence, ES_BEHAVIOUR_NAME(behaviour, __LINE__)}; \
  static void ES_BEHAVIOUR_NAME(behaviour, \
                                __LINE__)(::es::testing::store_fixture & at)

#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

namespace shadow_indexes_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

struct rebuilding {
  rebuilding() {
    auto append = an_append("org_1", 0);
    append.aggregate_type = "organization";
    append.events[0].type = "organization_registered";
    append.events[0].data =
      R"({"name":"Acme","registration_number":"1","country":"FR"})";
    for (const auto& outcome : store->write({&append, 1}))
      ES_REQUIRE(is_committed(outcome));
  }

  /// How the table is indexed.
  std::string indexes(const std::string& table) {
    return database.observe().value(
      "SELECT COALESCE(string_agg(regexp_replace(indexdef, '.* USING', ''), "
      "';' ORDER BY indexdef LIKE '%UNIQUE%', indexdef), '') FROM pg_indexes "
      "WHERE schemaname = 'projection' AND tablename = '"
      + table + "'");
  }

  projection_rebuild begin() {
    return must(projection_rebuild::begin(
      *store, reference::organization_names(), {.owner = "rebuilder"}));
  }

  test_database database;
  std::shared_ptr<event_store> store = database.open();
};

} // namespace

ES_TEST("a rebuilt table has the indexes of the one it replaces, also "
        "after an interruption") {
  rebuilding at;
  const auto wanted = at.indexes("organization_names");
  ES_CHECK(wanted.find("gin") != std::string::npos);
  const std::string key_only = " btree (id)";
  {
    auto first = at.begin();
    ES_CHECK_EQ(at.indexes("organization_names_rebuild"), key_only);
    first.interrupt();
  }
  auto second = at.begin();
  while (!must(second.step()).finished) {
    // One page further.
  }
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), "");
  ES_CHECK_EQ(at.database.observe().value(
                "SELECT name FROM projection.organization_names"),
              "Acme");
}

ES_TEST("a rebuild writes rows that a statement of the projection's own had "
        "written before") {
  rebuilding at;
  async_projection what{"names",
                        {{.name = "organization_names",
                          .columns = {{"id"}, {"name"}},
                          .key = {"id"},
                          .version_column = ""}}};
  what.on("organization_registered",
          [](const recorded_event& event, projection_writer& to) {
            to.execute("INSERT INTO {organization_names} (id, name) VALUES "
                       "($1, 'by hand')",
                       {event.aggregate_id});
            return result<void>{};
          });
  what.on("organization_renamed",
          [](const recorded_event& event, projection_writer& to) {
            to.upsert("organization_names", {event.aggregate_id, "renamed"});
            return result<void>{};
          });
  auto append = an_append("org_1", 1);
  append.aggregate_type = "organization";
  append.events[0].type = "organization_renamed";
  ES_REQUIRE(is_committed(at.store->write({&append, 1}).at(0)));
  auto rebuild = must(projection_rebuild::begin(
    *at.store,
    std::shared_ptr<const async_projection>{std::shared_ptr<void>{}, &what},
    {.owner = "rebuilder", .page_events_max = 1}));
  projection_rebuild::progress progress;
  while (!progress.finished)
    progress = must(rebuild.step());
  ES_CHECK_EQ(progress.events, 2);
  ES_CHECK_EQ(progress.skipped, 0);
  ES_CHECK_EQ(at.database.observe().value(
                "SELECT name FROM projection.organization_names"),
              "renamed");
}

} // namespace shadow_indexes_test

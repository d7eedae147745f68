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
    enroll("org_1", "Acme");
  }

  void add(const std::string& id, version_t expected, const std::string& type,
           const std::string& data) {
    auto append = an_append(id, expected);
    append.aggregate_type = "organization";
    append.events[0].type = type;
    append.events[0].data = data;
    ES_REQUIRE(is_committed(store->write({&append, 1}).at(0)));
  }

  void enroll(const std::string& id, const std::string& name) {
    add(id, 0, "organization_registered",
        R"({"name":")" + name
          + R"(","registration_number":"1","country":"FR"})");
  }

  void rename(version_t expected) {
    add("org_1", expected, "organization_renamed",
        R"({"name":"Renamed )" + std::to_string(expected) + R"("})");
  }

  /// How the table is indexed.
  std::string indexes(const std::string& table) {
    return database.observe().value(
      "SELECT COALESCE(string_agg(regexp_replace(indexdef, '.* USING', ''), "
      "';' ORDER BY indexdef LIKE '%UNIQUE%', indexdef), '') FROM pg_indexes "
      "WHERE schemaname = 'projection' AND tablename = '"
      + table + "'");
  }

  projection_rebuild begin(std::size_t page_events_max = 20'000) {
    return must(projection_rebuild::begin(
      *store, reference::organization_names(),
      {.owner = "rebuilder", .page_events_max = page_events_max}));
  }

  /// The pages that new rows take in the lists of a table's indexes; none when
  /// they are asked for again.
  std::string listed_pages(const std::string& table) {
    return database.observe().value(
      "SELECT sum(gin_clean_pending_list(CAST(format('projection.%I', "
      "indexname) AS REGCLASS))) FROM pg_indexes WHERE schemaname = "
      "'projection' AND indexdef LIKE '%USING gin%' AND tablename = '"
      + table + "'");
  }

  test_database database;
  std::shared_ptr<event_store> store = database.open();
};

void finish(projection_rebuild& rebuild) {
  while (!must(rebuild.step()).finished) {
    // One page further.
  }
}

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
  finish(second);
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), "");
  ES_CHECK_EQ(at.database.observe().value(
                "SELECT name FROM projection.organization_names"),
              "Acme");
}

ES_TEST("an index that takes rows into a list comes before the rows if most "
        "are new, and its list is worked off before they serve") {
  rebuilding at;
  at.enroll("org_2", "Bolt");
  const auto wanted = at.indexes("organization_names");
  auto rebuild = at.begin(1);
  ES_CHECK(!must(rebuild.step()).finished);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), wanted);
  finish(rebuild);
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
  ES_CHECK_EQ(at.listed_pages("organization_names"), "0");
  ES_CHECK_EQ(
    at.database.observe().value("SELECT string_agg(name, ',' ORDER BY id) FROM "
                                "projection.organization_names"),
    "Acme,Bolt");
}

ES_TEST(
  "an index that an interrupted rebuild made early is made anew, when all "
  "rows are there") {
  rebuilding at;
  for (const std::string id : {"org_2", "org_3"})
    at.enroll(id, "Bolt");
  const auto wanted = at.indexes("organization_names");
  {
    auto first = at.begin(1);
    ES_CHECK(!must(first.step()).finished);
    ES_CHECK_EQ(at.indexes("organization_names_rebuild"), wanted);
    first.interrupt();
  }
  auto second = at.begin(1);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), " btree (id)");
  finish(second);
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
  ES_CHECK_EQ(at.listed_pages("organization_names"), "0");
}

ES_TEST("rows that are replaced again and again are indexed when all are "
        "there") {
  rebuilding at;
  for (version_t version = 1; version < 6; ++version)
    at.rename(version);
  const auto wanted = at.indexes("organization_names");
  auto rebuild = at.begin(3);
  ES_CHECK(!must(rebuild.step()).finished);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), " btree (id)");
  finish(rebuild);
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
}

ES_TEST("an index that was told to take no list comes when all rows are "
        "there") {
  rebuilding at;
  at.enroll("org_2", "Bolt");
  at.database.observe().script(
    "DO $$ DECLARE name TEXT; BEGIN SELECT indexname INTO name FROM "
    "pg_indexes WHERE schemaname = 'projection' AND tablename = "
    "'organization_names' AND indexdef LIKE '%USING gin%'; EXECUTE "
    "format('ALTER INDEX projection.%I SET (fastupdate = off)', name); END $$");
  const auto wanted = at.indexes("organization_names");
  ES_CHECK(wanted.find("fastupdate") != std::string::npos);
  auto rebuild = at.begin(1);
  ES_CHECK(!must(rebuild.step()).finished);
  ES_CHECK_EQ(at.indexes("organization_names_rebuild"), " btree (id)");
  finish(rebuild);
  ES_CHECK_EQ(at.indexes("organization_names"), wanted);
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
  at.rename(1);
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

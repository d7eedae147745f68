// A program written for the original schema beside this one, on the same
// tables. It knows nine columns of events, six of snapshots and eleven of
// organizations, and speaks plain SQL.

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <algorithm>
#include <string>

namespace original_schema_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using es::reference::organization;

namespace {

constexpr auto original_ddl = R"(
create schema if not exists es;
create schema if not exists projection;

create table if not exists es.events
(
    id                varchar primary key,
    type              varchar,
    occurred_at       timestamptz,
    registered_at     timestamptz,
    aggregate_id      varchar,
    aggregate_type    varchar,
    aggregate_version bigint,
    data              jsonb,
    metadata          jsonb,
    unique (aggregate_id, aggregate_version)
);

create table if not exists es.snapshots
(
    aggregate_id      varchar,
    aggregate_type    varchar,
    aggregate_version bigint,
    taken_at          timestamptz,
    registered_at     timestamptz,
    data              jsonb,
    primary key (aggregate_id, aggregate_version)
);

create table if not exists projection.organizations
(
    id                  varchar primary key,
    name                varchar,
    registration_number varchar,
    vat_number          varchar,
    vat_is_intra_com    varchar,
    country             varchar,
    created_by          varchar,
    updated_at          timestamptz,
    created_at          timestamptz,
    version             bigint,
    registered_at       timestamptz
)
)";

/// The statements of the original program, word for word in what they name.
class original_program {
public:
  explicit original_program(test_database& database)
    : link_(database.settings().dsn) {
    // nop
  }

  void make_tables() {
    link_.script(original_ddl);
  }

  void append(const std::string& id, version_t version,
              const std::string& data = R"({"name":"Old"})") {
    link_.run("INSERT INTO es.events (id,type,occurred_at,registered_at,"
              "aggregate_id,aggregate_type,aggregate_version,data,metadata) "
              "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
              {event_id(id, version), "organization_renamed",
               "2021-03-04 05:06:07.89+00", "2021-03-04 05:06:08+00", id,
               "organization", std::to_string(version), data, "{}"});
  }

  /// False if another program was first.
  bool try_append(const std::string& id, version_t version) {
    try {
      append(id, version);
      return true;
    } catch (const pg::database_error& e) {
      ES_CHECK_EQ(e.sqlstate(), "23505");
      return false;
    }
  }

  void take_snapshot(const std::string& id, version_t version,
                     const std::string& data) {
    link_.run("INSERT INTO es.snapshots (aggregate_id,aggregate_type,"
              "aggregate_version,taken_at,registered_at,data) "
              "VALUES ($1,$2,$3,$4,$5,$6)",
              {id, "organization", std::to_string(version),
               "2021-03-04 05:06:07.89+00", "2021-03-04 05:06:08+00", data});
  }

  pg::rows events(const std::string& id, version_t from) {
    return link_.run("select id, type, occurred_at, aggregate_id, "
                     "aggregate_type, aggregate_version, data, metadata, "
                     "registered_at from es.events where aggregate_id = $1 "
                     "and aggregate_version >= $2 and aggregate_type = $3 "
                     "order by aggregate_version",
                     {id, std::to_string(from), "organization"});
  }

  pg::rows latest_snapshot(const std::string& id) {
    return link_.run("select aggregate_id, aggregate_type, aggregate_version, "
                     "taken_at, data from es.snapshots where aggregate_id = $1 "
                     "order by aggregate_version desc limit 1",
                     {id});
  }

  void write_row(const std::string& id, version_t version,
                 const std::string& name) {
    link_.run("INSERT INTO projection.organizations (id,name,"
              "registration_number,vat_number,vat_is_intra_com,country,"
              "created_by,updated_at,created_at,version,registered_at) "
              "VALUES ($1,$2,'4711',NULL,'false','FR','Ada',now(),now(),$3,"
              "now())",
              {id, name, std::to_string(version)});
  }

  pg::rows row_of(const std::string& id) {
    return link_.run("select id, name, registration_number, vat_number, "
                     "vat_is_intra_com, country, created_by, updated_at, "
                     "created_at, version, registered_at "
                     "from projection.organizations where id = $1",
                     {id});
  }

  static std::string event_id(const std::string& id, version_t version) {
    return "evt_" + id + "_" + std::to_string(version);
  }

  observer& link() {
    return link_;
  }

private:
  observer link_;
};

/// Both programs on one database.
struct neighbours : store_fixture {
  test_database database;
  original_program original{database};
  std::shared_ptr<event_store> ours;

  explicit neighbours(bool original_was_first) {
    if (original_was_first)
      original.make_tables();
    ours = database.open();
  }

  event_store& store() override {
    return *ours;
  }
  event_store& other() override {
    return *ours;
  }
};

append_request organization_append(const std::string& id, version_t expected,
                                   std::size_t events = 1) {
  auto append = an_append(id, expected, events);
  append.aggregate_type = "organization";
  return append;
}

const projection_table& organizations() {
  static const auto table = organization::projection();
  return table;
}

row an_organization(const std::string& id, version_t version,
                    const std::string& name) {
  return {id,    name, "4711", nullptr, true,   "DE",
          "Ada", noon, noon,   version, nullptr};
}

void check_same_moment(std::string_view text, timestamp moment) {
  const auto read = parse_timestamp(text);
  ES_CHECK(read.has_value() && *read == moment);
}

} // namespace

// -- tables that the original program made ------------------------------------

ES_TEST("tables of the original program are adopted with every row in "
        "them") {
  test_database database;
  original_program original{database};
  original.make_tables();
  const std::vector<std::string> ids = {"org_B", "org_a", "org_\xc3\xa4"};
  for (const auto& id : ids) {
    for (version_t version = 1; version <= 3; ++version)
      original.append(id, version,
                      "{\"name\":\"" + id + std::to_string(version) + "\"}");
    original.take_snapshot(id, 2, R"({"name":"at 2"})");
    original.write_row(id, 3, "Old");
  }
  const auto store = database.open();
  ES_CHECK(store->check().has_value());
  const auto events = store->scan_events("", 0, 100).value();
  ES_REQUIRE(events.size() == 9);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& id = ids[i / 3];
    const auto version = static_cast<version_t>(i % 3 + 1);
    const auto& event = events[i];
    ES_CHECK_EQ(event.id, original_program::event_id(id, version));
    ES_CHECK_EQ(event.type, "organization_renamed");
    ES_CHECK_EQ(event.schema_version, 1);
    ES_CHECK_EQ(to_string(event.occurred_at), "2021-03-04T05:06:07.890000Z");
    ES_CHECK_EQ(to_string(event.registered_at), "2021-03-04T05:06:08.000000Z");
    ES_CHECK_EQ(event.aggregate_id, id);
    ES_CHECK_EQ(event.aggregate_type, "organization");
    ES_CHECK_EQ(event.version, version);
    ES_CHECK(same_json(event.data,
                       "{\"name\":\"" + id + std::to_string(version) + "\"}"));
    ES_CHECK(same_json(event.metadata, "{}"));
  }
  const auto snapshots = store->scan_snapshots("", 0, 100).value();
  ES_CHECK_EQ(snapshots.size(), 3u);
  for (const auto& snapshot : snapshots)
    ES_CHECK_EQ(snapshot.state_version, 1);
  const auto rows = store->scan_projection(organizations(), {}, 100).value();
  ES_REQUIRE(rows.size() == 3);
  ES_CHECK(rows[2][0] == cell(ids[2]) && rows[2][1] == cell("Old"));
  ES_CHECK(rows[2].back() == cell());
}

ES_TEST("adopting twice changes nothing the second time") {
  neighbours both{true};
  both.original.append("org_1", 1);
  const auto again =
    must(must(migrator::open(both.database.settings())).apply());
  ES_CHECK(again.empty());
  ES_CHECK_EQ(head_of(both, "org_1"), 1);
}

ES_TEST("only some tables of the original program are adopted, and the "
        "others made") {
  test_database database;
  original_program original{database};
  original.make_tables();
  original.link().script("drop schema projection cascade");
  original.append("org_1", 1);
  const auto store = database.open();
  ES_CHECK(store->check().has_value());
  ES_CHECK_EQ(store->load_events("org_1", 1, 10)->size(), 1u);
  ES_CHECK(store->scan_projection(organizations(), {}, 10)->empty());
}

ES_TEST("what the original program may leave empty reads back") {
  neighbours both{true};
  both.original.link().run(
    "INSERT INTO es.events (id,type,occurred_at,registered_at,aggregate_id,"
    "aggregate_type,aggregate_version,data,metadata) VALUES "
    "('evt_1',NULL,NULL,NULL,'org_1',NULL,1,NULL,NULL)");
  const auto events = events_of(both, "org_1");
  ES_REQUIRE(events.size() == 1);
  ES_CHECK_EQ(events[0].data, "null");
  ES_CHECK_EQ(events[0].metadata, "{}");
  ES_CHECK_EQ(events[0].type, "");
  ES_CHECK_EQ(must_write(both, organization_append("org_1", 1)).version, 2);
}

// -- both append --------------------------------------------------------------

ES_TEST("the original program reads what this one wrote, whoever made "
        "the tables") {
  for (bool original_was_first : {true, false}) {
    neighbours both{original_was_first};
    auto append = organization_append("org_1", 0, 3);
    append.events[1].schema_version = 2;
    must_write(both, append);
    const auto stored = events_of(both, "org_1");
    const auto found = both.original.events("org_1", 1);
    ES_REQUIRE(found.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      ES_CHECK_EQ(found.text(i, 0), append.events[i].id);
      ES_CHECK_EQ(found.text(i, 1), "noted");
      check_same_moment(found.text(i, 2), noon);
      ES_CHECK_EQ(found.text(i, 3), "org_1");
      ES_CHECK_EQ(found.text(i, 4), "organization");
      ES_CHECK_EQ(found.number(i, 5), static_cast<version_t>(i) + 1);
      ES_CHECK(same_json(found.text(i, 6), append.events[i].data));
      ES_CHECK(same_json(found.text(i, 7), append.metadata));
      check_same_moment(found.text(i, 8), stored[i].registered_at);
    }
    ES_CHECK_EQ(both.original.events("org_1", 3).size(), 1u);
  }
}

ES_TEST("what the original program appended beside this one is "
        "noticed, and the next version is right") {
  for (bool original_was_first : {true, false}) {
    neighbours both{original_was_first};
    must_write(both, organization_append("org_1", 0, 2));
    both.original.append("org_1", 3);
    const auto late = write_one(both, organization_append("org_1", 2));
    ES_CHECK(is_refused(late, errc::conflict));
    ES_CHECK(late.error.message.find("version 3") != std::string::npos);
    const recovery_request request{.aggregate_id = "org_1", .after_version = 2};
    const auto page = both.store().recover({&request, 1}, 10)->front();
    ES_REQUIRE(page.events.size() == 1);
    ES_CHECK_EQ(page.events[0].schema_version, 1);
    ES_CHECK(same_json(page.events[0].data, R"({"name":"Old"})"));
    ES_CHECK_EQ(must_write(both, organization_append("org_1", 3)).version, 4);
    ES_CHECK_EQ(head_of(both, "org_1"), 4);
  }
}

ES_TEST("what the original program appends asks for no outbox row") {
  for (bool original_was_first : {true, false}) {
    neighbours both{original_was_first};
    auto append = organization_append("org_1", 0);
    append.events[0].publish = true;
    must_write(both, append);
    both.original.append("org_1", 2);
    auto* marks = dynamic_cast<publish_marks*>(both.ours.get());
    ES_REQUIRE(marks != nullptr);
    const std::vector<std::string> ids = {
      append.events[0].id, original_program::event_id("org_1", 2)};
    ES_CHECK(marks->find_publish_marks(ids).value()
             == std::vector<std::string>{append.events[0].id});
  }
}

ES_TEST("the original program is refused a version that this one took "
        "first") {
  for (bool original_was_first : {true, false}) {
    neighbours both{original_was_first};
    must_write(both, organization_append("org_1", 0));
    ES_CHECK(!both.original.try_append("org_1", 1));
    ES_CHECK(both.original.try_append("org_1", 2));
    ES_CHECK_EQ(head_of(both, "org_1"), 2);
  }
}

ES_TEST("an aggregate that the original program began goes on here") {
  neighbours both{true};
  for (version_t version = 1; version <= 5; ++version)
    both.original.append("org_1", version);
  ES_CHECK(is_refused(write_one(both, organization_append("org_1", 0)),
                      errc::conflict));
  auto append = organization_append("org_1", 5);
  append.command_id = "cmd_1";
  append.events[0].publish = true;
  const auto receipt = must_write(both, append);
  ES_CHECK_EQ(receipt.version, 6);
  ES_CHECK(both.store().find_receipt("org_1", "cmd_1").value() == receipt);
  const auto outbox = both.store().scan_outbox("", 0, 10).value();
  ES_REQUIRE(outbox.size() == 1);
  ES_CHECK_EQ(outbox[0].version, 6);
}

// -- snapshots and rows -------------------------------------------------------

ES_TEST("snapshots are read by both programs") {
  neighbours both{true};
  for (version_t version = 1; version <= 4; ++version)
    both.original.append("org_1", version);
  both.original.take_snapshot("org_1", 3, R"({"name":"at 3"})");
  const recovery_request request{.aggregate_id = "org_1"};
  auto page = both.store().recover({&request, 1}, 10)->front();
  ES_REQUIRE(page.snapshot && page.events.size() == 1);
  ES_CHECK_EQ(page.snapshot->version, 3);
  ES_CHECK(same_json(page.snapshot->data, R"({"name":"at 3"})"));
  auto append = organization_append("org_1", 4);
  append.snapshot = new_snapshot{.data = R"({"name":"at 5"})", .keep = 1};
  must_write(both, append);
  const auto latest = both.original.latest_snapshot("org_1");
  ES_REQUIRE(latest.size() == 1);
  ES_CHECK_EQ(latest.text(0, 1), "organization");
  ES_CHECK_EQ(latest.number(0, 2), 5);
  check_same_moment(latest.text(0, 3), noon);
  ES_CHECK(same_json(latest.text(0, 4), R"({"name":"at 5"})"));
}

ES_TEST("rows of organizations are shared, and guarded by their "
        "version") {
  for (bool original_was_first : {true, false}) {
    neighbours both{original_was_first};
    both.original.write_row("org_1", 2, "Old");
    auto write = [&](version_t head, version_t version,
                     const std::string& name) {
      must_write(both,
                 with_change(organization_append("org_2", head),
                             organizations(), version,
                             upsert(an_organization("org_1", version, name))));
      const auto found = both.original.row_of("org_1");
      return found.empty() ? std::string{} : std::string(found.text(0, 1));
    };
    ES_CHECK_EQ(write(0, 1, "Older"), "Old");
    ES_CHECK_EQ(write(1, 3, "Newer"), "Newer");
    const auto found = both.original.row_of("org_1");
    ES_CHECK_EQ(found.text(0, 4), "true");
    ES_CHECK(found.is_null(0, 3));
    check_same_moment(found.text(0, 7), noon);
    ES_CHECK_EQ(found.number(0, 9), 3);
    ES_CHECK(!found.is_null(0, 10));
  }
}

} // namespace original_schema_test

#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_verify_test {

using es::testing::esctl_on_database;
using es::testing::running_program;

namespace {

struct damaged : esctl_on_database {
  damaged() {
    import_some();
  }

  /// Runs a statement, then verify, and gives what it found.
  std::vector<nlohmann::json> after(const std::string& sql) {
    database.observe().script(sql);
    auto lines = expect(1, {"verify", "--json"}).json_lines();
    ES_REQUIRE(lines.size() >= 2);
    ES_CHECK_EQ(lines.back().at("findings"), lines.size() - 1);
    lines.pop_back();
    return lines;
  }

  /// The same where one finding is all there is.
  nlohmann::json only(const std::string& kind, const std::string& sql) {
    auto all = after(sql);
    for (const auto& one : all)
      ES_MESSAGE(one.dump());
    ES_REQUIRE(all.size() == 1u);
    ES_CHECK_EQ(all[0].at("finding"), kind);
    return all[0];
  }

  std::string of(std::string_view name) {
    return " aggregate_id = '" + id_of(name) + "'";
  }
};

} // namespace

ES_TEST_WITH(damaged, "nothing is wrong with what was imported") {
  auto summary = expect(0, {"verify", "--json"}).json();
  ES_CHECK_EQ(summary.at("aggregates"), 3);
  ES_CHECK_EQ(summary.at("events"), 6);
  ES_CHECK_EQ(summary.at("snapshots"), 2);
  ES_CHECK_EQ(summary.at("projection_rows"), 3);
  ES_CHECK_EQ(summary.at("outbox_rows"), 6);
  ES_CHECK_EQ(summary.at("findings"), 0);
  ES_CHECK(expect(0, {"verify"}).says("nothing is wrong"));
  ES_CHECK_EQ(expect(0, {"verify", "--quiet"}).out, "");
}

ES_TEST_WITH(damaged,
             "a lost event is a gap, and its outbox row one too many") {
  auto all =
    after("DELETE FROM es.events WHERE aggregate_version = 2 AND" + of("A"));
  std::vector<std::string> kinds;
  for (const auto& one : all) {
    ES_CHECK_EQ(one.at("aggregate_id"), id_of("A"));
    kinds.push_back(one.at("finding"));
  }
  std::sort(kinds.begin(), kinds.end());
  ES_CHECK((kinds
            == std::vector<std::string>{"outbox_surplus", "snapshot_surplus",
                                        "version_gap"}));
  ES_CHECK_EQ(all[0].at("finding"), "version_gap");
  ES_CHECK_EQ(all[0].at("expected"), "version 2");
  ES_CHECK_EQ(all[0].at("actual"), "version 3");
}

ES_TEST_WITH(damaged, "a lost first event is a gap") {
  auto all = after(
    "DELETE FROM es.outbox WHERE aggregate_version = 1 AND" + of("A")
    + "; DELETE FROM es.events WHERE aggregate_version = 1 AND" + of("A"));
  ES_REQUIRE(all.size() == 1u);
  ES_CHECK_EQ(all[0].at("finding"), "version_gap");
  ES_CHECK_EQ(all[0].at("version"), 2);
}

ES_TEST_WITH(damaged, "an event that was changed to what does not read is "
                      "found") {
  auto f = only("unreadable_event", "UPDATE es.events SET data = '{\"x\": 1}' "
                                    "WHERE aggregate_version = 2 AND"
                                      + of("B"));
  ES_CHECK_EQ(f.at("aggregate_id"), id_of("B"));
  ES_CHECK_EQ(f.at("version"), 2);
}

ES_TEST_WITH(damaged, "an event of a type that nobody knows is found") {
  auto f =
    only("unreadable_event",
         "UPDATE es.events SET type = 'organization_sold' WHERE" + of("C"));
  ES_CHECK(f.at("message").get<std::string>().find("organization_sold")
           != std::string::npos);
}

ES_TEST_WITH(damaged, "an event of another aggregate type is found") {
  auto f = only("unreadable_event",
                "UPDATE es.events SET aggregate_type = 'account' WHERE "
                "aggregate_version = 3 AND"
                  + of("A"));
  ES_CHECK_EQ(f.at("version"), 3);
}

ES_TEST_WITH(damaged, "an event that was changed to what does read differs "
                      "from what was derived from it") {
  auto all = after("UPDATE es.events SET data = jsonb_set(data, '{name}', "
                   "'\"Z\"') WHERE aggregate_version = 1 AND"
                   + of("B"));
  ES_REQUIRE(all.size() == 2u);
  ES_CHECK_EQ(all[0].at("finding"), "snapshot_differs");
  ES_CHECK_EQ(all[1].at("finding"), "projection_differs");
  ES_CHECK_EQ(all[1].at("expected"), "name = \"Z\"");
  ES_CHECK_EQ(all[1].at("actual"), "name = \"B\"");
}

ES_TEST_WITH(damaged, "every column of a projection row is compared") {
  for (const auto* change :
       {"name = 'X'", "name = NULL", "registration_number = 'X'",
        "vat_number = 'X'", "vat_is_intra_com = 'true'", "country = 'US'",
        "created_by = 'X'", "updated_at = now()",
        "created_at = created_at + interval '1 microsecond'", "version = 99",
        "dissolved_at = now()"}) {
    database.observe().script("CREATE TABLE kept AS TABLE "
                              "projection.organizations");
    auto f = only("projection_differs", "UPDATE projection.organizations SET "
                                          + std::string(change)
                                          + " WHERE id = '" + id_of("B") + "'");
    ES_CHECK_EQ(f.at("aggregate_id"), id_of("B"));
    auto column = std::string(change).substr(0, std::string(change).find(' '));
    ES_CHECK(f.at("actual").get<std::string>().starts_with(column + " = "));
    database.observe().script(
      "TRUNCATE projection.organizations; INSERT INTO projection.organizations "
      "TABLE kept; DROP TABLE kept");
  }
  expect(0, {"verify"});
}

ES_TEST_WITH(damaged, "a missing projection row is found") {
  auto f =
    only("projection_missing", "DELETE FROM projection.organizations WHERE id "
                               "= '"
                                 + id_of("A") + "'");
  ES_CHECK_EQ(f.at("aggregate_id"), id_of("A"));
}

ES_TEST_WITH(damaged, "a projection row of no aggregate is found wherever its "
                      "key stands") {
  for (const auto* id : {"A", "org_zz", "~"}) {
    auto f = only("projection_surplus",
                  "DELETE FROM projection.organizations WHERE name = 'stray'; "
                  "INSERT INTO projection.organizations (id, name, version) "
                  "VALUES ('"
                    + std::string(id) + "', 'stray', 1)");
    ES_CHECK_EQ(f.at("aggregate_id"), id);
  }
}

ES_TEST_WITH(damaged, "a changed snapshot is found") {
  auto f = only("snapshot_differs", "UPDATE es.snapshots SET data = "
                                    "jsonb_set(data, '{name}', '\"Z\"') WHERE"
                                      + of("A"));
  ES_CHECK_EQ(f.at("aggregate_id"), id_of("A"));
  ES_CHECK_EQ(f.at("version"), 2);
}

ES_TEST_WITH(damaged, "a snapshot that does not read is found") {
  only("snapshot_differs",
       "UPDATE es.snapshots SET data = '[]' WHERE" + of("A"));
}

ES_TEST_WITH(damaged, "a snapshot at a version without event is found, as is "
                      "one without aggregate") {
  auto f =
    only("snapshot_surplus",
         "UPDATE es.snapshots SET aggregate_version = 9 WHERE" + of("A"));
  ES_CHECK_EQ(f.at("version"), 9);
  auto all =
    after("UPDATE es.snapshots SET aggregate_id = 'org_~' WHERE" + of("B"));
  ES_CHECK_EQ(all.size(), 2u);
  ES_CHECK_EQ(all.back().at("aggregate_id"), "org_~");
}

ES_TEST_WITH(damaged, "a missing outbox row is found") {
  auto f =
    only("outbox_missing",
         "DELETE FROM es.outbox WHERE aggregate_version = 3 AND" + of("A"));
  ES_CHECK_EQ(f.at("version"), 3);
}

ES_TEST_WITH(damaged, "an outbox row without event is found, whatever its "
                      "aggregate") {
  for (const auto& id : {std::string{"a"}, id_of("A"), std::string{"~"}}) {
    auto f = only("outbox_surplus",
                  "DELETE FROM es.outbox WHERE event_id = 'evt_x'; INSERT INTO "
                  "es.outbox (event_id, aggregate_id, aggregate_version) "
                  "VALUES ('evt_x', '"
                    + id + "', 7)");
    ES_CHECK_EQ(f.at("aggregate_id"), id);
    ES_CHECK_EQ(f.at("version"), 7);
  }
}

ES_TEST_WITH(damaged,
             "what a program of the original schema appends leaves the "
             "projection behind until the next command, and nothing "
             "wrong after it") {
  const auto id = id_of("B");
  const auto f = only(
    "projection_differs",
    "INSERT INTO es.events (id, type, occurred_at, registered_at, "
    "aggregate_id, aggregate_type, aggregate_version, data, metadata) VALUES "
    "('evt_foreign', 'organization_renamed', now(), now(), '"
      + id + "', 'organization', 3, '{\"name\": \"Foreign\"}', '{}')");
  ES_CHECK_EQ(f.at("aggregate_id"), id);
  ES_CHECK_EQ(f.at("version"), 3);
  const auto receipt =
    expect(0, {"send", "organization", id, "relocate_organization",
               R"({"country": "FR"})", "--json"})
      .json();
  ES_CHECK_EQ(receipt.at("version"), 4);
  const auto summary = expect(0, {"verify", "--json"}).json();
  ES_CHECK_EQ(summary.at("events"), 8);
  ES_CHECK_EQ(summary.at("outbox_rows"), 7);
}

ES_TEST_WITH(damaged, "what is written while verify reads is no finding") {
  const auto id = id_of("C");
  auto rival = database.observe();
  rival.script("BEGIN; LOCK TABLE projection.organizations");
  running_program verify{
    ESCTL_PATH,
    {.arguments = {"verify", "--json"},
     .environment = {{"EVENTSOURCE_DSN", database.settings().dsn},
                     {"EVENTSOURCE_CONFIG", ""}}}};
  // It has read events, and waits for the rows that were made of them.
  auto look = database.observe();
  const std::string waiting =
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
    "CAST('projection.organizations' AS REGCLASS)";
  while (look.value(waiting) == "0")
    ES_REQUIRE(!verify.has_ended());
  rival.script(
    "INSERT INTO es.events (id, type, occurred_at, registered_at, "
    "aggregate_id, aggregate_type, aggregate_version, data, metadata) VALUES "
    "('evt_z', 'organization_renamed', '2030-01-01T00:00:00Z', now(), '"
    + id
    + "', 'organization', 2, '{\"name\": \"Z\"}', '{}');"
      "INSERT INTO es.outbox (event_id, aggregate_id, aggregate_version) "
      "VALUES ('evt_z', '"
    + id
    + "', 2); UPDATE projection.organizations SET name = 'Z', version = "
      "2, updated_at = '2030-01-01T00:00:00Z' WHERE id = '"
    + id + "'; COMMIT");
  const auto outcome = verify.wait();
  ES_MESSAGE(outcome.out);
  ES_CHECK_EQ(outcome.code, 0);
  ES_CHECK_EQ(outcome.json_lines().back().at("events"), 6);
  ES_CHECK_EQ(expect(0, {"verify", "--json"}).json().at("events"), 7);
}

ES_TEST_WITH(damaged, "for people a finding names kind, aggregate and version, "
                      "and what was expected") {
  database.observe().script("UPDATE projection.organizations SET name = 'Z' "
                            "WHERE id = '"
                            + id_of("C") + "'");
  auto text = expect(1, {"verify"});
  ES_CHECK(text.says("projection_differs " + id_of("C") + " version 1"));
  ES_CHECK(text.says("expected: name = \"C\""));
  ES_CHECK(text.says("found:    name = \"Z\""));
  ES_CHECK(text.says(": 1 finding\n"));
}

} // namespace esctl_verify_test

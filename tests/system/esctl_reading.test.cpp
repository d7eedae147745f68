#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_reading_test {

using es::testing::esctl_on_database;

namespace {

struct filled : esctl_on_database {
  filled() {
    import_some();
  }
};

} // namespace

// -- history ------------------------------------------------------------------

ES_TEST_WITH(filled, "history prints one JSON document an event, with all that "
                     "is stored of it") {
  auto events = expect(0, {"history", id_of("A"), "--json"}).json_lines();
  ES_REQUIRE(events.size() == 3u);
  const auto& first = events[0];
  ES_CHECK_EQ(first.at("version"), 1);
  ES_CHECK_EQ(first.at("type"), "organization_registered");
  ES_CHECK_EQ(first.at("schema_version"), 1);
  ES_CHECK_EQ(first.at("aggregate_id"), id_of("A"));
  ES_CHECK_EQ(first.at("aggregate_type"), "organization");
  ES_CHECK_EQ(first.at("data").at("country"), "FR");
  ES_CHECK_EQ(first.at("metadata").at("address"), "Paris FR 75001");
  ES_CHECK(first.at("id").get<std::string>().starts_with("evt_"));
  for (const auto* when : {"occurred_at", "registered_at"})
    ES_CHECK(es::parse_timestamp(first.at(when).get<std::string>()));
  ES_CHECK_EQ(events[2].at("data").at("registration_number"), "MA-L 000006");
}

ES_TEST_WITH(filled, "history begins and ends where it is told to") {
  auto versions = [&](std::vector<std::string> how) {
    how.insert(how.begin(), {"history", id_of("A"), "--json"});
    std::vector<int> all;
    for (const auto& event : expect(0, how).json_lines())
      all.push_back(event.at("version"));
    return all;
  };
  ES_CHECK((versions({"--from", "2"}) == std::vector{2, 3}));
  ES_CHECK((versions({"--limit", "2"}) == std::vector{1, 2}));
  ES_CHECK((versions({"--from", "2", "--limit", "1"}) == std::vector{2}));
  ES_CHECK((versions({"--from", "4"}).empty()));
}

ES_TEST_WITH(filled, "history for people is one line an event") {
  auto text = expect(0, {"history", id_of("C")});
  ES_CHECK(text.says("organization_registered"));
  ES_CHECK_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 1);
}

ES_TEST_WITH(filled, "a history longer than a page of the store is printed "
                     "whole") {
  std::string records{es::testing::registry_header};
  for (int i = 0; i < 1'100; ++i)
    records += "MA-L," + std::to_string(100'000 + i) + ",Long,\r\n";
  expect(0, {"import", folder.write("long.csv", records)});
  auto events = expect(0, {"history", id_of("Long"), "--json"}).json_lines();
  ES_CHECK_EQ(events.size(), 1'100u);
  ES_CHECK_EQ(events.back().at("version"), 1'100);
  auto few = expect(0, {"history", id_of("Long"), "--limit", "1001", "--json"});
  ES_CHECK_EQ(few.json_lines().size(), 1'001u);
  auto now = expect(0, {"state", id_of("Long"), "--json"}).json();
  ES_CHECK_EQ(now.at("version"), 1'100);
}

// -- state --------------------------------------------------------------------

ES_TEST_WITH(filled, "state is the fold of all events, or of those up to a "
                     "version") {
  auto number_at = [&](std::vector<std::string> how) {
    how.insert(how.begin(), {"state", id_of("A"), "--json"});
    auto now = expect(0, how).json();
    ES_CHECK_EQ(now.at("aggregate_id"), id_of("A"));
    ES_CHECK_EQ(now.at("aggregate_type"), "organization");
    return std::pair{
      now.at("version").get<int>(),
      now.at("state").at("registration_number").get<std::string>()};
  };
  ES_CHECK((number_at({}) == std::pair{3, std::string{"MA-L 000006"}}));
  ES_CHECK((number_at({"--at-version", "1"})
            == std::pair{1, std::string{"MA-L 000001"}}));
  ES_CHECK((number_at({"--at-version", "2"})
            == std::pair{2, std::string{"MA-L 000003"}}));
  ES_CHECK((number_at({"--at-version", "3"})
            == std::pair{3, std::string{"MA-L 000006"}}));
}

ES_TEST_WITH(filled, "state at a time is the fold of what had occurred by "
                     "then") {
  // The import took moments; spread its events over days.
  database.observe().script(
    "UPDATE es.events SET occurred_at = timestamptz '2024-05-01 12:00:00Z' "
    "+ aggregate_version * interval '1 day'");
  auto version_at = [&](const std::string& when) {
    return expect(0, {"state", id_of("A"), "--at", when, "--json"})
      .json()
      .at("version")
      .get<int>();
  };
  ES_CHECK_EQ(version_at("2024-05-02T12:00:00Z"), 1);
  ES_CHECK_EQ(version_at("2024-05-03T11:59:59.999999Z"), 1);
  ES_CHECK_EQ(version_at("2024-05-03T14:00:00+02:00"), 2);
  ES_CHECK_EQ(version_at("2024-05-04"), 2);
  ES_CHECK_EQ(version_at("2030-01-01"), 3);
  auto before =
    expect(1, {"state", id_of("A"), "--at", "2024-05-02T11:59:59Z"});
  ES_CHECK(before.says("there was no organization"));
}

ES_TEST_WITH(filled, "what is not there is said to be so") {
  auto nobody = es::ksuid_generator::system().next("org_");
  for (const auto* verb : {"state", "history"}) {
    auto answer = expect(1, {verb, nobody, "--json"}).json();
    ES_CHECK_EQ(answer.at("error").at("code"), "not_found");
    ES_CHECK(answer.at("error").at("message").get<std::string>().find(nobody)
             != std::string::npos);
  }
  auto later = expect(1, {"state", id_of("A"), "--at-version", "4"});
  ES_CHECK(later.says("version 3"));
}

// -- stats --------------------------------------------------------------------

ES_TEST_WITH(filled, "stats counts each type, each table and what waits") {
  auto now = expect(0, {"stats", "--json"}).json();
  ES_REQUIRE(now.at("types").size() == 1u);
  const auto& type = now.at("types")[0];
  ES_CHECK_EQ(type.at("aggregate_type"), "organization");
  ES_CHECK_EQ(type.at("aggregates"), 3);
  ES_CHECK_EQ(type.at("events"), 6);
  ES_CHECK_EQ(type.at("snapshots"), 2);
  ES_CHECK_EQ(now.at("outbox_pending"), 6);
  ES_CHECK_EQ(now.at("commands_remembered"), 6);
  bool seen = false;
  for (const auto& table : now.at("tables"))
    if (table.at("table") == "es.events") {
      seen = true;
      ES_CHECK_EQ(table.at("rows"), 6);
      ES_CHECK_LT(0, table.at("bytes").get<int>());
    }
  ES_CHECK(seen);
  ES_CHECK(expect(0, {"stats"}).says("projection.organizations"));
}

// -- output -------------------------------------------------------------------

ES_TEST_WITH(filled, "output that can't be written is no success") {
  auto full = es::testing::run_program(
    ESCTL_PATH, {{"history", id_of("A")},
                 {},
                 {{"EVENTSOURCE_DSN", database.settings().dsn}},
                 "/dev/full"});
  ES_CHECK_EQ(full.code, 1);
  ES_CHECK(full.says("could not be written"));
}

} // namespace esctl_reading_test

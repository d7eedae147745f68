#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_outbox_test {

using namespace es::testing;

namespace {

struct filled : esctl_on_database {
  filled() {
    import_some();
  }

  void damage(const std::string& sql) {
    database.observe().script(sql);
  }

  /// The first event of A becomes a dead letter.
  std::string poison() {
    damage(
      "UPDATE es.outbox SET attempts = 10, last_error = 'no such topic', "
      "next_attempt_at = now(), dead_at = now() WHERE aggregate_version = 1 "
      "AND aggregate_id = '"
      + id_of("A") + "'");
    return database.observe().value(
      "SELECT event_id FROM es.outbox WHERE dead_at IS NOT NULL");
  }

  std::vector<nlohmann::json> relay() {
    return expect(0, {"relay", "--once", "--quiet"}).json_lines();
  }
};

} // namespace

ES_TEST_WITH(filled, "relay prints each event once, as a CloudEvent a "
                     "line, in order per aggregate") {
  const auto lines = relay();
  ES_REQUIRE(lines.size() == 6u);
  std::map<std::string, std::vector<std::string>> sequences;
  for (const auto& event : lines) {
    ES_CHECK_EQ(event.at("specversion"), "1.0");
    ES_CHECK_EQ(event.at("aggregatetype"), "organization");
    sequences[event.at("subject")].push_back(event.at("sequence"));
  }
  ES_REQUIRE(sequences[id_of("A")].size() == 3u);
  for (const auto& [id, sequence] : sequences)
    ES_CHECK(std::is_sorted(sequence.begin(), sequence.end()));
  ES_CHECK(relay().empty());
  ES_CHECK(expect(0, {"relay", "--once"}).says("0 published"));
}

ES_TEST_WITH(filled, "outbox list shows what is not published, and the "
                     "lag") {
  auto lines = expect(0, {"outbox", "list", "--json"}).json_lines();
  ES_REQUIRE(lines.size() == 7u);
  ES_CHECK_EQ(lines[0].at("state"), "pending");
  ES_CHECK_EQ(lines[0].at("attempts"), 0);
  ES_CHECK_EQ(lines[6].at("pending"), 6);
  ES_CHECK_EQ(lines[6].at("dead"), 0);
  ES_CHECK_LT(0.0, lines[6].at("oldest_seconds").get<double>());
  ES_CHECK_EQ(
    expect(0, {"outbox", "list", "--json", "--limit", "2"}).json_lines().size(),
    3u);
  poison();
  lines = expect(0, {"outbox", "list", "--dead", "--json"}).json_lines();
  ES_REQUIRE(lines.size() == 2u);
  ES_CHECK_EQ(lines[0].at("state"), "dead");
  ES_CHECK_EQ(lines[0].at("last_error"), "no such topic");
  ES_CHECK(expect(0, {"outbox", "list"}).says("no such topic"));
}

ES_TEST_WITH(filled, "a dead letter holds back its aggregate, until it "
                     "is retried") {
  const auto id = poison();
  ES_CHECK_EQ(relay().size(), 3u);
  ES_CHECK_EQ(expect(0, {"outbox", "retry", id, "--json"}).json().at("retried"),
              1);
  ES_CHECK_EQ(relay().size(), 3u);
  const auto again = expect(1, {"outbox", "retry", id, "--json"}).json();
  ES_CHECK_EQ(again.at("not_found"), 1);
}

ES_TEST_WITH(filled, "a dead letter that is dropped is not published") {
  poison();
  ES_CHECK_EQ(
    expect(0, {"outbox", "drop", "--all", "--json"}).json().at("dropped"), 1);
  ES_CHECK_EQ(relay().size(), 5u);
  expect(0, {"verify"});
}

ES_TEST_WITH(filled, "retry and drop want events or all") {
  for (const char* verb : {"retry", "drop"}) {
    expect(2, {"outbox", verb});
    expect(2, {"outbox", verb, "--all", "evt_1"});
  }
}

ES_TEST_WITH(filled, "what is purged is not missed, what was lost is") {
  relay();
  ES_CHECK_EQ(expect(0, {"outbox", "purge", "--json"}).json().at("purged"), 0);
  ES_CHECK_EQ(expect(0, {"outbox", "purge", "--older-than", "0", "--json"})
                .json()
                .at("purged"),
              6);
  ES_CHECK_EQ(
    expect(0, {"verify", "--json"}).json_lines().back().at("outbox_rows"), 0);
  expect(0, {"send", "organization", id_of("C"), "rename_organization",
             R"({"name":"C2"})", "--quiet"});
  damage("DELETE FROM es.outbox");
  const auto findings = expect(1, {"verify", "--json"}).json_lines();
  ES_CHECK_EQ(findings.at(0).at("finding"), "outbox_missing");
}

ES_TEST_WITH(filled, "verify reports dead letters, and counts what is "
                     "not published") {
  const auto summary = expect(0, {"verify", "--json"}).json_lines().back();
  ES_CHECK_EQ(summary.at("outbox_pending"), 6);
  poison();
  const auto findings = expect(1, {"verify", "--json"}).json_lines();
  ES_REQUIRE(findings.size() == 2u);
  ES_CHECK_EQ(findings[0].at("finding"), "outbox_dead");
  ES_CHECK_EQ(findings[0].at("version"), 1);
}

ES_TEST_WITH(filled, "a wrong template of an attribute is wrong usage") {
  const auto wrong =
    expect(2, {"relay", "--once", "--set", "outbox.source=/{nobody}"});
  ES_CHECK(wrong.says("{nobody}"));
}

} // namespace esctl_outbox_test

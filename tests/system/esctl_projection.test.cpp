#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_projection_test {

using namespace es::testing;

namespace {

const std::string per_country = "organizations_per_country";
const std::string names = "organization_names";

struct filled : esctl_on_database {
  filled() {
    import_some();
  }

  void project() {
    expect(0, {"projection", "run", "--once", "--quiet"});
  }

  void damage(const std::string& sql) {
    database.observe().script(sql);
  }

  /// What is said of one projection.
  nlohmann::json status(const std::string& name, int code = 0) {
    return expect(code, {"projection", "status", name, "--json"})
      .json_lines()
      .at(0);
  }

  std::vector<nlohmann::json> rows(const std::string& name) {
    return expect(0, {"projection", "rows", name, "--json"}).json_lines();
  }

  void send(const std::string& name, const std::string& command,
            const std::string& json) {
    expect(0, {"send", "organization", id_of(name), command, json, "--quiet"});
  }

  /// An event that the projections can't read.
  void poison() {
    damage("UPDATE es.events SET data = '{\"name\":7}' WHERE aggregate_version "
           "= 1 AND aggregate_id = '"
           + id_of("B") + "'");
  }
};

/// What is left of a row if its day is anyone's.
nlohmann::json without_day(nlohmann::json row) {
  row.erase("day");
  return row;
}

} // namespace

ES_TEST_WITH(filled, "run projects all events once, and a second run "
                     "what is new") {
  project();
  auto there = rows(per_country);
  ES_REQUIRE(there.size() == 3u);
  ES_CHECK_EQ(there[1].at("country"), "DE");
  ES_CHECK_EQ(there[1].at("registered"), 1);
  ES_CHECK_EQ(rows(names).size(), 3u);
  send("B", "relocate_organization", R"({"country":"FR"})");
  send("A", "dissolve_organization", "{}");
  project();
  there = rows(per_country);
  ES_REQUIRE(there.size() == 3u);
  ES_CHECK(without_day(there[1])
           == nlohmann::json({{"country", "DE"},
                              {"registered", 1},
                              {"moved_in", 0},
                              {"moved_out", 1},
                              {"dissolved", 0}}));
  ES_CHECK(without_day(there[2])
           == nlohmann::json({{"country", "FR"},
                              {"registered", 1},
                              {"moved_in", 1},
                              {"moved_out", 0},
                              {"dissolved", 1}}));
  ES_CHECK_EQ(rows(names).size(), 2u);
  ES_CHECK(expect(0, {"projection", "rows", names}).says(id_of("C") + "  C"));
  expect(0, {"verify"});
}

ES_TEST_WITH(filled, "search finds organizations by their present "
                     "names") {
  send("B", "rename_organization", R"({"name":"Blue Sky Networks, Inc."})");
  project();
  const auto found = expect(0, {"search", "sky", "NET", "--json"}).json_lines();
  ES_REQUIRE(found.size() == 1u);
  ES_CHECK_EQ(found[0].at("id"), id_of("B"));
  ES_CHECK_EQ(found[0].at("name"), "Blue Sky Networks, Inc.");
  ES_CHECK(expect(0, {"search", "blue"}).says(id_of("B")));
  ES_CHECK_EQ(expect(1, {"search", "nobody"}).out, "");
  expect(2, {"search", "-", "!"});
  expect(2, {"search"});
}

ES_TEST_WITH(filled, "list shows the projections, status where they "
                     "stand and how far they are behind") {
  ES_CHECK_EQ(expect(0, {"projection", "list", "--json"}).json_lines().size(),
              2u);
  ES_CHECK_EQ(status(names).at("state"), "never_run");
  project();
  send("C", "rename_organization", R"({"name":"C2"})");
  const auto now = status(names);
  ES_CHECK_EQ(now.at("state"), "running");
  ES_CHECK_EQ(now.at("running_in"), "");
  ES_CHECK_EQ(now.at("events"), 3);
  ES_CHECK_EQ(now.at("behind"), 1);
  ES_CHECK_EQ(now.at("dead_letters"), 0);
  ES_CHECK(expect(0, {"projection", "status"}).says("1 behind"));
  expect(2, {"projection", "status", "nobody"});
}

ES_TEST_WITH(filled, "a projection that is paused stands still until "
                     "it is resumed") {
  expect(1, {"projection", "pause", names});
  project();
  expect(0, {"projection", "pause", names});
  send("C", "rename_organization", R"({"name":"C2"})");
  ES_CHECK(expect(1, {"projection", "run", "--once", names}).says("is paused"));
  ES_CHECK_EQ(status(names).at("state"), "paused");
  ES_CHECK_EQ(
    expect(0, {"projection", "resume", names, "--json"}).json().at("state"),
    "running");
  project();
  ES_CHECK_EQ(status(names).at("behind"), 0);
}

ES_TEST_WITH(filled, "an event that fails stops a projection, or "
                     "becomes a dead letter") {
  poison();
  const std::vector<std::string> once{
    "projection", "run", "--once", "--set", "subscriptions.retries_max=0",
    names};
  ES_CHECK(expect(1, once).says("stopped"));
  ES_CHECK_EQ(status(names, 1).at("state"), "stopped");
  const auto findings = expect(1, {"verify", "--json"}).json_lines();
  ES_CHECK(std::any_of(findings.begin(), findings.end(), [](const auto& f) {
    return f.value("finding", "") == "subscription_stopped";
  }));
  expect(0, {"projection", "resume", names});
  auto skipping = once;
  skipping.emplace_back("--skip-failing");
  expect(0, skipping);
  const auto letters =
    expect(0, {"projection", "dead-letters", names, "--json"}).json_lines();
  ES_REQUIRE(letters.size() == 1u);
  ES_CHECK_EQ(letters[0].at("aggregate_id"), id_of("B"));
  ES_CHECK_EQ(status(names).at("dead_letters"), 1);
  ES_CHECK_EQ(rows(names).size(), 2u);
}

ES_TEST_WITH(filled, "a rebuild mends rows, and says how far it got") {
  project();
  damage("UPDATE projection.organization_names SET name = 'wrong'");
  expect(1, {"verify"});
  const auto done =
    expect(0, {"projection", "rebuild", names, "--json"}).json_lines().back();
  ES_CHECK_EQ(done.at("finished"), true);
  ES_CHECK_EQ(done.at("events"), 3);
  ES_CHECK_EQ(done.at("skipped"), 0);
  ES_CHECK_LT(0.0, done.at("events_per_second").get<double>());
  expect(0, {"verify"});
  ES_CHECK(
    expect(0, {"projection", "rebuild", names}).says("the new rows serve"));
  expect(0, {"projection", "rebuild", names, "--discard"});
  expect(0, {"verify"});
  expect(2, {"projection", "rebuild", "nobody"});
}

ES_TEST_WITH(filled, "a rebuild ends at an event that fails, or goes "
                     "on without it") {
  project();
  poison();
  ES_CHECK(expect(1, {"projection", "rebuild", names}).says(id_of("B")));
  const auto status =
    expect(0, {"projection", "status", names, "--json"}).json_lines();
  ES_REQUIRE(status.size() == 2u);
  ES_CHECK_EQ(status[1].at("rebuild").at("running_in"), "");
  const auto done =
    expect(0, {"projection", "rebuild", names, "--skip-failing", "--json"})
      .json_lines()
      .back();
  ES_CHECK_EQ(done.at("skipped"), 1);
  ES_CHECK_EQ(rows(names).size(), 2u);
}

ES_TEST_WITH(filled, "the number of partitions is chosen once") {
  expect(0, {"projection", "run", "--once", "--quiet", "--partitions", "3"});
  ES_CHECK_EQ(
    expect(0, {"projection", "status", names, "--json"}).json_lines().size(),
    3u);
  project();
  expect(2, {"projection", "run", "--once", "--partitions", "2"});
  expect(0, {"verify"});
}

ES_TEST_WITH(filled, "without its database a projection is unavailable") {
  const std::string nowhere = "host=/nowhere dbname=none";
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"projection", "status"},
        {"projection", "rebuild", names},
        {"search", "a"}}) {
    auto with_dsn = line;
    with_dsn.insert(with_dsn.end(), {"--dsn", nowhere});
    expect(3, with_dsn);
  }
  expect(2, {"projection"});
}

} // namespace esctl_projection_test

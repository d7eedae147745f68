#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_importing_test {

using es::testing::esctl_on_database;
using es::testing::registry_header;

namespace {

struct importing : esctl_on_database {
  importing() {
    database.migrate();
  }

  std::string csv(const std::string& records,
                  const std::string& name = "oui.csv") {
    return folder.write(name, std::string(registry_header) + records);
  }
};

} // namespace

ES_TEST_WITH(importing, "the summary counts rows, organizations, what was "
                        "added and how long it took") {
  auto file = csv("MA-L,000001,A,\r\nMA-L,000002,B,\r\nMA-L,000003,A,\r\n");
  auto first = expect(0, {"import", file, "--json"}).json();
  ES_CHECK_EQ(first.at("rows"), 3);
  ES_CHECK_EQ(first.at("organizations"), 2);
  ES_CHECK_EQ(first.at("accepted"), 3);
  ES_CHECK_EQ(first.at("events_added"), 3);
  ES_CHECK_EQ(first.at("already_there"), 0);
  ES_CHECK_EQ(first.at("malformed"), 0);
  ES_CHECK_EQ(first.at("refused"), 0);
  ES_CHECK_EQ(first.at("complete"), true);
  for (const auto* figure :
       {"seconds", "commands_per_second", "median_ms", "slowest_ms"})
    ES_CHECK_LT(0.0, first.at(figure).get<double>());
  auto second = expect(0, {"import", file, "--json"}).json();
  ES_CHECK_EQ(second.at("events_added"), 0);
  ES_CHECK_EQ(second.at("already_there"), 3);
  ES_CHECK(expect(0, {"import", file}).says("3 already there"));
  ES_CHECK_EQ(expect(0, {"import", file, "--quiet"}).out, "");
}

ES_TEST_WITH(importing, "malformed rows are reported with file and line, and "
                        "all others are imported") {
  auto file = csv("MA-L,000001,A,\"one\r\ntwo\"\r\n"         // 2 and 3
                  "MA-L,000002,\"B\"x,\r\n"                  // 4
                  "MA-L,000003,B \"x\",\r\n"                 // 5
                  "MA-L,000004,B\r\n"                        // 6
                  "MA-L,000005,B,,\r\n"                      // 7
                  "MA-L,000006,B\xff,\r\n"                   // 8
                  + std::string("MA-L,000007,B\0,\r\n", 18)  // 9
                  + "MA-L,000008, ,\r\n"                     // 10
                    "MA-L,none,B,\r\n"                       // 11
                    "\r\n"                                   // 12
                    "MA-L,000009,\"say \"\"C\"\", Inc.\",\n" // 13
                    "MA-L,00000A,\"B,\r\n"                   // 14
                    "MA-L,00000B,A,");                       // 15
  auto run = expect(0, {"import", file, "--json"});
  auto summary = run.json();
  ES_CHECK_EQ(summary.at("rows"), 12);
  ES_CHECK_EQ(summary.at("malformed"), 9);
  ES_CHECK_EQ(summary.at("events_added"), 3);
  for (auto line : {4, 5, 6, 7, 8, 9, 10, 11, 14})
    ES_CHECK(run.err.find("oui.csv:" + std::to_string(line) + ": ")
             != std::string::npos);
  ES_CHECK_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 9);
  auto c = expect(0, {"state", id_of("say \"C\", Inc."), "--json"}).json();
  ES_CHECK_EQ(c.at("state").at("name"), "say \"C\", Inc.");
  ES_CHECK(expect(0, {"history", id_of("A")}).says("MA-L 00000B"));
  expect(0, {"verify"});
}

ES_TEST_WITH(importing, "a refused row is reported with file and line and is "
                        "exit code 1") {
  auto run = expect(
    1, {"import", csv("MA-L,000001,A,\r\nMA-L,000002," + std::string(301, 'x')
                      + ",\r\nMA-L,000003,A,\r\n")});
  ES_CHECK(run.err.find("oui.csv:3: ") != std::string::npos);
  ES_CHECK(run.says("2 accepted"));
  ES_CHECK(run.says("1 refused"));
}

ES_TEST_WITH(importing, "several files are one import, and their common "
                        "organizations are one organization") {
  auto a = csv("MA-L,000001,A,\r\nMA-L,000002,B,\r\n");
  auto b = csv("IAB,0050C2000,A,\r\nIAB,0050C2001,C,\r\n", "iab.csv");
  auto summary = expect(0, {"import", a, b, "--json"}).json();
  ES_CHECK_EQ(summary.at("rows"), 4);
  ES_CHECK_EQ(summary.at("organizations"), 3);
  ES_CHECK_EQ(summary.at("events_added"), 4);
  auto again = expect(0, {"import", b, a, "--json"}).json();
  ES_CHECK_EQ(again.at("events_added"), 0);
  ES_CHECK_EQ(again.at("accepted"), 4);
}

ES_TEST_WITH(importing, "one bad file of several stops the import before it "
                        "begins") {
  auto good = csv("MA-L,000001,A,\r\n");
  auto bad = folder.write("bad.csv", "a,b\n1,2\n");
  ES_CHECK(expect(2, {"import", good, bad}).says("bad.csv:1"));
  ES_CHECK_EQ(database.observe().value("SELECT count(*) FROM es.events"), "0");
}

ES_TEST_WITH(importing, "the demo shows an import, a history, states and a "
                        "verification, also the second time") {
  auto file = csv("MA-L,000001,A,Paris FR 75001\r\nMA-L,000002,A,\r\n"
                  "MA-L,000003,B,\r\n");
  auto first = expect(0, {"demo", file});
  for (const auto* words :
       {"3 events added", "commands/s", "median", "slowest", "esctl history",
        "registration_number_changed", "esctl state", "--at ",
        "\"registration_number\": \"MA-L 000001\"",
        "\"registration_number\": \"MA-L 000002\"", "specversion",
        "events published", "4 events of 2 projections", "organizations",
        "esctl search a", "nothing is wrong"})
    ES_CHECK(first.says(words));
  auto lines = expect(0, {"demo", file, "--json"}).json_lines();
  ES_REQUIRE(lines.size() == 11);
  ES_CHECK_EQ(lines[0].at("events_added"), 0);
  ES_CHECK_EQ(lines[1].at("version"), 1);
  ES_CHECK_EQ(lines[3].at("version"), 2);
  ES_CHECK_EQ(lines[4].at("version"), 1);
  // The first time had published all there is.
  ES_CHECK_EQ(lines[5].at("published"), 0);
  ES_CHECK_EQ(lines[6].at("projected"), 0);
  ES_CHECK_EQ(lines[7].at("country"), "(unknown)");
  ES_CHECK_EQ(lines[8].at("country"), "FR");
  ES_CHECK_EQ(lines[8].at("organizations"), 1);
  ES_CHECK_EQ(lines[9].at("id"), id_of("A"));
  ES_CHECK_EQ(lines[10].at("findings"), 0);
  ES_CHECK_EQ(lines[10].at("async_rows"), 4);
  ES_CHECK_EQ(lines[10].at("events_behind"), 0);
  auto second = expect(0, {"demo", file});
  ES_CHECK(second.says("0 events added, 3 already there"));
  ES_CHECK(second.says("nothing is wrong"));
}

ES_TEST("without a connection string everything runs on a private server that "
        "stays for the next time") {
  es::testing::scratch_folder folder;
  auto file = folder.write("oui.csv",
                           std::string(registry_header) + "MA-L,000001,A,\r\n");
  auto data = folder.path() / "state";
  auto run = [&](std::vector<std::string> line) {
    line.insert(line.end(), {"--set", "embedded.data_dir=" + data.string()});
    return es::testing::run_program(
      ESCTL_PATH,
      {line, {}, {{"EVENTSOURCE_DSN", ""}, {"EVENTSOURCE_CONFIG", ""}}});
  };
  // Whoever runs the server has to get through to its folder.
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::owner_all
                                 | std::filesystem::perms::others_exec);
  auto demo = run({"demo", file});
  ES_CHECK_EQ(demo.code, 0);
  ES_CHECK(demo.says("nothing is wrong"));
  ES_CHECK(demo.says("1 events added"));
  auto stats = run({"stats", "--json"});
  ES_CHECK_EQ(stats.code, 0);
  ES_CHECK_EQ(stats.json().at("types")[0].at("events"), 1);
}

} // namespace esctl_importing_test

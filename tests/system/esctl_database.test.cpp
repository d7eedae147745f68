#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_database_test {

using es::testing::esctl_on_database;

namespace {

/// Every subcommand that needs the database.
std::vector<std::vector<std::string>> all_lines(const std::string& csv) {
  auto id = es::ksuid_generator::system().next("org_");
  return {{"history", id},
          {"state", id},
          {"stats"},
          {"verify"},
          {"import", csv},
          {"send", "organization", id, "dissolve_organization", "{}"}};
}

} // namespace

// -- migrate ------------------------------------------------------------------

ES_TEST_WITH(esctl_on_database, "migrate applies what is pending and then has "
                                "nothing to do") {
  auto states = [&] {
    std::vector<std::string> all;
    auto list = expect(0, {"migrate", "--status", "--json"}).json();
    for (const auto& one : list.at("migrations")) {
      all.push_back(one.at("state"));
      ES_CHECK_EQ(one.at("applied_at").is_null(), all.back() == "pending");
      ES_CHECK_EQ(one.at("number"), all.size());
      ES_CHECK(!one.at("name").get<std::string>().empty());
    }
    return all;
  };
  auto before = states();
  ES_REQUIRE(!before.empty());
  ES_CHECK((before == std::vector<std::string>(before.size(), "pending")));
  auto applied = expect(0, {"migrate", "--json"}).json();
  ES_CHECK_EQ(applied.at("migrations").size(), before.size());
  // What it says of itself is what it says later.
  ES_CHECK_EQ(applied, expect(0, {"migrate", "--status", "--json"}).json());
  ES_CHECK((states() == std::vector<std::string>(before.size(), "applied")));
  ES_CHECK(expect(0, {"migrate"}).says("nothing to do"));
  ES_CHECK(expect(0, {"migrate", "--json"}).json().at("migrations").empty());
}

ES_TEST_WITH(esctl_on_database, "a database without migrations is refused with "
                                "the command that helps") {
  auto csv = folder.write("oui.csv", es::testing::registry_header);
  for (const auto& line : all_lines(csv))
    ES_CHECK(expect(3, line).says("esctl migrate"));
}

ES_TEST_WITH(esctl_on_database, "a changed migration is told of and nothing is "
                                "touched") {
  database.migrate();
  database.observe().script(
    "UPDATE es.migrations SET checksum = 'another' WHERE number = 2");
  auto status = expect(3, {"migrate", "--status", "--json"});
  ES_CHECK_EQ(status.json().at("migrations")[1].at("state"), "changed");
  ES_CHECK(status.says("another text"));
  expect(3, {"migrate"});
  auto csv = folder.write("oui.csv", es::testing::registry_header);
  for (const auto& line : all_lines(csv))
    expect(3, line);
}

ES_TEST_WITH(esctl_on_database, "a newer database is told of and nothing is "
                                "touched") {
  database.migrate();
  database.observe().script(
    "INSERT INTO es.migrations (component, number, name, checksum) "
    "VALUES ('eventsource', 99, '0099_future', 'x')");
  auto status = expect(3, {"migrate", "--status", "--json"});
  ES_CHECK_EQ(status.json().at("migrations").back().at("state"), "unknown");
  ES_CHECK(status.says("newer"));
  expect(3, {"migrate"});
  auto csv = folder.write("oui.csv", es::testing::registry_header);
  for (const auto& line : all_lines(csv))
    expect(3, line);
}

// -- reaching the database ----------------------------------------------------

ES_TEST_WITH(esctl_on_database, "a database that can't be reached is exit code "
                                "3, whatever is asked") {
  auto csv = folder.write("oui.csv", es::testing::registry_header);
  auto lines = all_lines(csv);
  lines.push_back({"migrate"});
  lines.push_back({"migrate", "--status"});
  for (auto line : lines) {
    line.insert(line.end(),
                {"--json", "--dsn", "host=" + folder.path().string()});
    auto error = expect(3, line).json().at("error");
    ES_CHECK_EQ(error.at("code"), "unavailable");
  }
}

ES_TEST_WITH(esctl_on_database, "a database or a role that is not there is "
                                "exit code 3 and named") {
  using es::testing::with_setting;
  const auto& dsn = database.settings().dsn;
  ES_CHECK(expect(3, {"stats", "--dsn", with_setting(dsn, "dbname", "nowhere")})
             .says("nowhere"));
  ES_CHECK(expect(3, {"stats", "--dsn", with_setting(dsn, "user", "nobody_")})
             .says("nobody_"));
}

ES_TEST_WITH(esctl_on_database, "the command line wins over the environment, "
                                "and that over the file") {
  database.migrate();
  const auto& good = database.settings().dsn;
  const std::string bad = "host=" + folder.path().string();
  auto run = [&](const std::string& line, const std::string& environment,
                 const std::string& file) {
    auto config = folder.write("es.toml", "[store]\ndsn = \"" + file + "\"\n");
    std::vector<std::string> arguments{"stats", "--config", config};
    if (!line.empty())
      arguments.insert(arguments.end(), {"--dsn", line});
    return es::testing::run_program(
             ESCTL_PATH, {arguments, {}, {{"EVENTSOURCE_DSN", environment}}})
      .code;
  };
  ES_CHECK_EQ(run(good, bad, bad), 0);
  ES_CHECK_EQ(run(bad, good, good), 3);
  ES_CHECK_EQ(run("", good, bad), 0);
  ES_CHECK_EQ(run("", bad, good), 3);
  ES_CHECK_EQ(run("", "", good), 0);
  ES_CHECK_EQ(run("", "", bad), 3);
}

ES_TEST_WITH(esctl_on_database,
             "EVENTSOURCE_CONFIG names the file of settings unless the "
             "command line does") {
  auto file_with = [&](const std::string& name, const std::string& linger) {
    return folder.write(name, "[persistence]\nlinger = \"" + linger + "\"\n");
  };
  const auto named = file_with("named.toml", "3ms");
  const auto given = file_with("given.toml", "5ms");
  auto linger = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"config", "--json"});
    return es::testing::run_program(ESCTL_PATH,
                                    {more, {}, {{"EVENTSOURCE_CONFIG", named}}})
      .json()
      .at("persistence.linger");
  };
  ES_CHECK_EQ(linger({}), "3ms");
  ES_CHECK_EQ(linger({"--config", given}), "5ms");
}

// -- usage --------------------------------------------------------------------

ES_TEST_WITH(esctl_on_database, "wrong usage is exit code 2 and says what is "
                                "wrong") {
  struct sample {
    std::vector<std::string> line;
    std::string words;
  };
  auto id = es::ksuid_generator::system().next("org_");
  for (const auto& [line, words] : {
         sample{{}, "subcommand"},
         sample{{"drop"}, "drop"},
         sample{{"stats", "--all"}, "--all"},
         sample{{"history"}, "ID"},
         sample{{"history", "org_1"}, "org_1"},
         sample{{"history", "acc_1"}, "org_"},
         sample{{"history", id, "--from", "0"}, "--from"},
         sample{{"history", id, "--limit", "x"}, "--limit"},
         sample{{"outbox", "list", "--limit", "0"}, "--limit"},
         sample{{"outbox", "list", "--limit", "-1"}, "--limit"},
         sample{{"state", id, "--at", "yesterday"}, "yesterday"},
         sample{{"state", id, "--at", "2024-02-30"}, "2024-02-30"},
         sample{{"state", id, "--at-version", "-1"}, "--at-version"},
         sample{{"state", id, "--at", "2024-01-01", "--at-version", "1"},
                "--at"},
         sample{{"import"}, "FILE"},
         sample{{"import", "/nowhere/oui.csv"}, "/nowhere/oui.csv"},
         sample{{"import", "/dev/null"}, "/dev/null"},
         sample{{"import", "x.csv", "--concurrency", "0"}, "--concurrency"},
         sample{{"stats", "--config", "/nowhere.toml"}, "/nowhere.toml"},
         sample{{"stats", "--set", "writers"}, "KEY=VALUE"},
         sample{{"stats", "--set", "persistence.writer=2"},
                "persistence.writers"},
         sample{{"stats", "--set", "persistence.writers=0"},
                "persistence.writers"},
         sample{{"stats", "--set", "store.tables.schema=a-b"}, "a-b"},
         sample{{"stats", "--dsn", "no connection string"},
                "connection string"},
       }) {
    auto answer = expect(2, line);
    ES_CHECK(answer.says(words));
    ES_CHECK_EQ(answer.out, "");
  }
}

ES_TEST_WITH(esctl_on_database, "help and version are no wrong usage") {
  auto help = expect(0, {"--help"});
  for (const auto* verb : {"migrate", "import", "history", "state", "verify",
                           "stats", "demo", "send", "config"})
    ES_CHECK(help.says(verb));
  ES_CHECK(expect(0, {"send", "--help"}).says("--expected-version"));
  expect(0, {"--version"});
}

// -- config -------------------------------------------------------------------

ES_TEST_WITH(esctl_on_database, "config shows what is in force, without the "
                                "password") {
  auto now = expect(0, {"config", "--json", "--set", "persistence.linger=7ms",
                        "--dsn", "postgresql://ada:secret@host/db"})
               .json();
  ES_CHECK_EQ(now.at("persistence.linger"), "7ms");
  ES_CHECK(now.at("store.dsn").get<std::string>().find("secret")
           == std::string::npos);
  ES_CHECK(expect(0, {"config"}).says("persistence.writers = 2"));
}

ES_TEST_WITH(esctl_on_database,
             "config as JSON has numbers and switches as such, and "
             "texts without their quotes") {
  const auto now =
    expect(0, {"config", "--json", "--set", "store.connections_max=9", "--dsn",
               "host='/tmp/a \"b\\\\' user=\"ada\""})
      .json();
  ES_CHECK_EQ(now.at("store.connections_max"), 9);
  ES_CHECK_EQ(now.at("runtime.migrate"), false);
  ES_CHECK_EQ(now.at("store.dsn"), "host='/tmp/a \"b\\\\' user=\"ada\"");
  ES_CHECK_EQ(now.at("store.tables.schema"), "es");
  ES_CHECK_EQ(now.at("commands.payload_bytes_max"), "1MiB");
}

ES_TEST_WITH(esctl_on_database, "the default file is a file of settings that "
                                "changes none of them") {
  auto text = expect(0, {"config", "--default"}).out;
  auto file = folder.write("default.toml", text);
  ES_CHECK_EQ(expect(0, {"config", "--config", file}).out,
              expect(0, {"config"}).out);
}

ES_TEST_WITH(esctl_on_database, "tables of other names are migrated and used") {
  std::vector<std::string> names{
    "--set", "store.tables.schema=other",
    "--set", "store.tables.projection_schema=shown",
    "--set", "store.tables.events=facts"};
  auto with_names = [&](std::vector<std::string> line) {
    line.insert(line.end(), names.begin(), names.end());
    return line;
  };
  expect(0, with_names({"migrate"}));
  expect(0, with_names(
              {"import",
               folder.write("oui.csv", std::string(es::testing::registry_header)
                                         + "MA-L,000001,A,\r\n")}));
  expect(0, with_names({"verify"}));
  ES_CHECK_EQ(database.observe().value("SELECT count(*) FROM other.facts"),
              "1");
  ES_CHECK_EQ(
    database.observe().value("SELECT count(*) FROM shown.organizations"), "1");
}

} // namespace esctl_database_test

#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_sending_test {

using es::testing::esctl_on_database;

namespace {

struct sending : esctl_on_database {
  std::string id = es::ksuid_generator::system().next("org_");

  sending() {
    database.migrate();
  }

  std::vector<std::string> line(const std::string& command,
                                const std::string& json,
                                std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"send", "organization", id, command, json, "--json"});
    return more;
  }

  void register_one() {
    expect(0, line("register_organization",
                   R"({"name": "Ada", "registration_number": "1"})"));
  }

  std::string count_events() {
    return database.observe().value("SELECT count(*) FROM es.events");
  }

  /// The error that a command is answered with.
  nlohmann::json refused(int code, const std::vector<std::string>& how) {
    auto before = count_events();
    auto error = expect(code, how).json().at("error");
    ES_CHECK_EQ(count_events(), before);
    ES_CHECK(!error.at("message").get<std::string>().empty());
    return error;
  }
};

} // namespace

ES_TEST_WITH(sending, "an accepted command is answered with its receipt") {
  register_one();
  auto answer =
    expect(0, line("rename_organization", R"({"name": "Ada & Co"})")).json();
  ES_CHECK_EQ(answer.at("aggregate_id"), id);
  ES_CHECK_EQ(answer.at("version"), 2);
  ES_REQUIRE(answer.at("event_ids").size() == 1u);
  auto last = expect(0, {"history", id, "--from", "2", "--json"}).json();
  ES_CHECK_EQ(last.at("id"), answer.at("event_ids")[0]);
  auto text = expect(0, {"send", "organization", id, "rename_organization",
                         R"({"name": "Bea"})"});
  ES_CHECK(text.says(id + " is at version 3"));
}

ES_TEST_WITH(sending, "a new organization gets an id of its own") {
  auto answer =
    expect(0, {"send", "organization", "new", "register_organization",
               R"({"name": "A", "registration_number": "1"})", "--json"})
      .json();
  expect(0, {"state", answer.at("aggregate_id")});
}

ES_TEST_WITH(sending, "a rejection carries the domain's reason and its words") {
  register_one();
  auto error = refused(1, line("register_organization",
                               R"({"name": "A", "registration_number": "1"})"));
  ES_CHECK_EQ(error.at("code"), "rejected");
  ES_CHECK_EQ(error.at("reason"), "already_registered");
}

ES_TEST_WITH(sending, "an expected version that is not there is a conflict") {
  register_one();
  for (const auto* version : {"0", "2"}) {
    auto error = refused(1, line("rename_organization", R"({"name": "B"})",
                                 {"--expected-version", version}));
    ES_CHECK_EQ(error.at("code"), "conflict");
  }
  expect(0, line("rename_organization", R"({"name": "B"})",
                 {"--expected-version", "1"}));
}

ES_TEST_WITH(sending, "a repeated command id gets the first receipt and adds "
                      "nothing") {
  register_one();
  auto how =
    line("rename_organization", R"({"name": "B"})", {"--command-id", "once"});
  auto first = expect(0, how).json();
  auto second = expect(0, how).json();
  ES_CHECK_EQ(first, second);
  ES_CHECK_EQ(count_events(), "2");
}

ES_TEST_WITH(sending, "metadata goes into the event") {
  expect(0, line("register_organization",
                 R"({"name": "A", "registration_number": "1"})",
                 {"--metadata", R"({"actor": "ada", "ticket": [7]})"}));
  auto about = expect(0, {"history", id, "--json"}).json().at("metadata");
  ES_CHECK_EQ(about.at("actor"), "ada");
  ES_CHECK_EQ(about.at("ticket")[0], 7);
}

ES_TEST_WITH(sending, "a command's content can come from standard input") {
  expect(0, line("register_organization", "-"),
         R"({"name": "From a pipe", "registration_number": "1"})");
  auto now = expect(0, {"state", id, "--json"}).json();
  ES_CHECK_EQ(now.at("state").at("name"), "From a pipe");
}

ES_TEST_WITH(sending, "what can't be a command is wrong usage") {
  struct sample {
    std::vector<std::string> how;
    std::string words;
  };
  const std::string json = R"({"name": "A", "registration_number": "1"})";
  const std::string command = "register_organization";
  for (const auto& [how, words] : {
         sample{{"organisation", id, command, json}, "organization"},
         sample{{"organization", "", command, json}, "org_"},
         sample{{"organization", "org_1", command, json}, "org_1"},
         sample{{"organization", "acc_" + id.substr(4), command, json}, "org_"},
         sample{{"organization", id, "register", json}, command},
         sample{{"organization", id, command, "{"}, "JSON"},
         sample{{"organization", id, command, ""}, "JSON"},
         sample{{"organization", id, command, "{\"name\": \"\xff\"}"}, "JSON"},
         sample{
           {"organization", id, command,
            R"({"name": "A", "registration_number": "1", "contry": "FR"})"},
           "has no field \"contry\"; its fields: country, name, "
           "registration_number"},
         sample{{"organization", id, "dissolve_organization", R"({"x": 1})"},
                "has no field \"x\"; it has none"},
         sample{{"organization", id, command, json, "--metadata", "[]"},
                "metadata"},
         sample{{"organization", id, command, json, "--metadata", "{"},
                "metadata"},
       }) {
    auto line = how;
    line.insert(line.begin(), {"send", "--json"});
    auto error = refused(2, line);
    ES_CHECK_EQ(error.at("code"), "invalid");
    ES_CHECK(error.at("message").get<std::string>().find(words)
             != std::string::npos);
  }
}

ES_TEST_WITH(sending, "content that does not fit is refused and says why") {
  struct sample {
    std::string json;
    std::vector<std::string> more;
    std::string words;
  };
  std::string escaped;
  for (int i = 0; i < 250; ++i)
    escaped += "\\u0001";
  for (const auto& [json, more, words] : {
         sample{"[1]", {}, "does not fit"},
         sample{
           R"({"name": 7, "registration_number": "1"})", {}, "does not fit"},
         sample{
           R"({"name": "A\u0000B", "registration_number": "1"})", {}, "NUL"},
         sample{R"({"name": "A", "registration_number": "1"})",
                {"--metadata", R"({"note": "\u0000"})"},
                "NUL"},
         sample{R"({"name": "A", "registration_number": "1"})",
                {"--command-id", std::string(201, 'x')},
                "200"},
         // 1,500 bytes as JSON, and yet a name that is not too long.
         sample{R"({"name": "A)" + escaped
                  + R"(", "registration_number": "1"})",
                {"--set", "commands.payload_bytes_max=1KiB"},
                "commands.payload_bytes_max"},
       }) {
    auto error = refused(1, line("register_organization", json, more));
    ES_CHECK_EQ(error.at("code"), "invalid");
    ES_CHECK(error.at("message").get<std::string>().find(words)
             != std::string::npos);
  }
}

ES_TEST_WITH(sending, "JSON that is nested beyond all measure is survived") {
  auto deep = std::string(100'000, '[') + std::string(100'000, ']');
  auto answer = esctl(line("register_organization", "-"), deep);
  ES_CHECK(answer.code == 1 || answer.code == 2);
  ES_CHECK_EQ(count_events(), "0");
}

ES_TEST_WITH(sending, "a name that the projection's table can't take fails "
                      "this command alone") {
  register_one();
  database.observe().script("ALTER TABLE projection.organizations ADD "
                            "CONSTRAINT short CHECK (length(name) < 10)");
  auto error = refused(
    1, line("rename_organization", R"({"name": "far longer than that"})"));
  ES_CHECK_EQ(error.at("code"), "statement_failed");
  expect(0, line("rename_organization", R"({"name": "B"})"));
}

} // namespace esctl_sending_test

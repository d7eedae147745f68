#include "eventsource/tests/system/esctl_fixture.hpp"

namespace esctl_progress_test {

using namespace es::testing;

namespace {

struct watched : esctl_on_database {
  watched() {
    import_some();
  }

  /// What a user at a terminal sees beside the output.
  std::string screen_of(std::vector<std::string> arguments) {
    auto outcome = run_program(
      ESCTL_PATH, {.arguments = std::move(arguments),
                   .environment = {{"EVENTSOURCE_DSN", database.settings().dsn},
                                   {"EVENTSOURCE_CONFIG", ""}},
                   .on_terminal = true});
    ES_REQUIRE(outcome.code == 0);
    return outcome.err;
  }
};

/// Whether a bar of this name was there.
bool shows(const std::string& screen, const std::string& what) {
  return screen.find("\r\x1b[K" + what + " ") != std::string::npos;
}

} // namespace

ES_TEST_WITH(watched, "on a terminal a relay, a projection and a check "
                      "show how far they are until they end") {
  ES_CHECK(shows(screen_of({"relay", "--once"}), "publishing"));
  ES_CHECK(shows(screen_of({"projection", "run", "--once"}), "projecting"));
  const auto check = screen_of({"verify"});
  ES_CHECK(shows(check, "verifying"));
  ES_CHECK(shows(check, "verifying projections [############............] 3"));
  ES_CHECK(check.ends_with("\r\x1b[K"));
}

ES_TEST_WITH(watched, "on a terminal each phase of the demo shows how "
                      "far it is") {
  const auto file =
    folder.write("demo.csv", std::string(registry_header)
                               + "MA-L,000011,D,Paris FR 75001\r\n"
                                 "MA-L,000012,E,\r\n");
  const auto screen = screen_of({"demo", file});
  for (const auto* phase : {"importing", "publishing", "projecting",
                            "verifying", "verifying projections"})
    ES_CHECK(shows(screen, phase));
}

ES_TEST_WITH(watched, "nothing is shown to who asked for quiet or is "
                      "no terminal") {
  ES_CHECK_EQ(screen_of({"projection", "run", "--once", "--quiet"}), "");
  const auto unseen = expect(0, {"verify"});
  ES_CHECK_EQ(unseen.err, "");
}

} // namespace esctl_progress_test

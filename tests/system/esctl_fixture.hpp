#pragma once

#include "eventsource/domain/ksuid.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/system/program.hpp"
#include "eventsource/tests/system/scratch_folder.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"

#include <algorithm>
#include <utility>

namespace es::testing {

/// esctl beside a database of its own.
struct esctl_on_database {
  test_database database;
  scratch_folder folder;

  /// Runs esctl as a user would who has set EVENTSOURCE_DSN.
  program_outcome esctl(std::vector<std::string> arguments,
                        std::string input = {}) {
    return run_program(ESCTL_PATH,
                       {std::move(arguments),
                        std::move(input),
                        {{"EVENTSOURCE_DSN", database.settings().dsn},
                         {"EVENTSOURCE_CONFIG", ""}}});
  }

  /// Fails the test unless esctl ends with this code.
  program_outcome expect(int code, std::vector<std::string> arguments,
                         std::string input = {}) {
    std::string line = "esctl";
    for (const auto& argument : arguments)
      line += " " + argument.substr(0, 200);
    auto outcome = esctl(std::move(arguments), std::move(input));
    if (outcome.code != code)
      throw std::runtime_error(line + " gave " + std::to_string(outcome.code)
                               + " instead of " + std::to_string(code) + ": "
                               + outcome.out.substr(0, 1000)
                               + outcome.err.substr(0, 1000));
    ES_CHECK_EQ(outcome.code, code);
    return outcome;
  }

  /// Three organizations, A with three events, B with two and C with one.
  void import_some() {
    database.migrate();
    expect(0, {"import", "--quiet", "--set", "aggregates.snapshot_every=2",
               folder.write("oui.csv", std::string(registry_header)
                                         + "MA-L,000001,A,Paris FR 75001\r\n"
                                           "MA-L,000002,B,Berlin DE 10115\r\n"
                                           "MA-L,000003,A,\r\n"
                                           "MA-L,000004,C,\r\n"
                                           "MA-L,000005,B,\r\n"
                                           "MA-L,000006,A,\r\n")});
  }

  static std::string id_of(std::string_view name) {
    return esctl::organization_id(name);
  }
};

} // namespace es::testing

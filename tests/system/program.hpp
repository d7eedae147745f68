#pragma once

#include "eventsource/tests/kit/test.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace es::testing {

/// What a run of a program left behind.
struct program_outcome {
  /// 128 and the signal's number if a signal ended it.
  int code = -1;
  std::string out;
  std::string err;

  /// Standard output as one JSON document; fails the test if it is none.
  [[nodiscard]] nlohmann::json json() const;
  /// Standard output as one JSON document a line.
  [[nodiscard]] std::vector<nlohmann::json> json_lines() const;

  [[nodiscard]] bool says(std::string_view words) const {
    return out.find(words) != std::string::npos
           || err.find(words) != std::string::npos;
  }
};

/// How a program is started.
struct program_start {
  std::vector<std::string> arguments;
  std::string input{};
  /// Variables that differ from this process's; an empty value removes one.
  std::map<std::string, std::string> environment{};
  /// Where its standard output goes instead of into `out`.
  std::string output_file{};
  /// Its standard error is a terminal.
  bool on_terminal = false;
};

/// Runs a program to its end.
[[nodiscard]] program_outcome run_program(const std::string& path,
                                          const program_start& how);

} // namespace es::testing

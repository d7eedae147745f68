#pragma once

#include "eventsource/tests/kit/test.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
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

/// A program beside the test; killed at the end if it still runs.
class running_program {
public:
  running_program(const std::string& path, const program_start& how);
  ~running_program();

  running_program(const running_program&) = delete;
  running_program& operator=(const running_program&) = delete;

  void send(int signal) const;
  [[nodiscard]] bool has_ended() const;
  /// Whether these words are on its standard error by now; not on a terminal.
  [[nodiscard]] bool has_said(std::string_view words) const;
  /// Waits for its end, once.
  program_outcome wait();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Runs a program to its end.
[[nodiscard]] program_outcome run_program(const std::string& path,
                                          const program_start& how);

} // namespace es::testing

#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/tools/esctl/session.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace esctl {

/// Prints an error to standard error, with `--json` as one object to standard
/// output, and gives the exit code for it.
int report(const global_options& options, const es::error& e);

/// The same for what the command line or the settings have wrong.
int report_usage(const global_options& options, const es::error& e);

/// The same for a database that could not be opened: exit code 3, unless a
/// setting is wrong.
int report_opening(const global_options& options, const es::error& e);

/// Prints one JSON document on a line of its own.
void print_json(const nlohmann::ordered_json& document);

/// "32,530": counts are easier to read in groups.
[[nodiscard]] std::string grouped(std::size_t number);

/// "1.4 MiB".
[[nodiscard]] std::string byte_text(std::int64_t bytes);

/// JSON text as a value, or the text itself if it is none.
[[nodiscard]] nlohmann::ordered_json parsed(std::string_view text);

/// A line on standard error that shows how long work will still take; silent
/// unless standard error is a terminal.
class progress_bar {
public:
  progress_bar(const global_options& options, std::string what);
  ~progress_bar();

  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Whether anybody sees it.
  [[nodiscard]] bool visible() const noexcept {
    return visible_;
  }

  /// `part` is between 0 and 1, or negative if the end is not known; `count` is
  /// how many things are done.
  void show(double part, std::size_t count);
  /// Removes the line, so that something else can be printed.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  std::string what_;
  bool visible_;
  bool shown_ = false;
  clock::time_point start_ = clock::now();
  clock::time_point last_{};
};

} // namespace esctl

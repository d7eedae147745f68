#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace es_bench {

/// What a scenario gives: the runtime and its yardstick, measured in turns on
/// the same server in the same run, because machines are noisy.
struct measurement {
  std::string scenario;
  /// Medians over the rounds, in `unit`.
  double runtime = 0;
  /// Absent where the goal is a figure of its own.
  std::optional<double> yardstick;
  std::string unit;
  /// The design's goal for `ratio()`, or for `runtime` without a yardstick.
  double goal = 0;
  /// True for rates, false for latencies: which side of the goal is good.
  bool more_is_better = true;
  /// In words: what else was seen.
  std::string remarks;
  /// Whether the goal is for `runtime` also where there is a yardstick.
  bool goal_is_for_figure = false;

  [[nodiscard]] std::optional<double> ratio() const {
    if (!yardstick || *yardstick <= 0)
      return std::nullopt;
    return runtime / *yardstick;
  }
  [[nodiscard]] bool reached() const {
    if (!goal_is_for_figure && yardstick && !ratio())
      return false;
    auto figure = goal_is_for_figure ? runtime : ratio().value_or(runtime);
    return more_is_better ? figure >= goal : figure <= goal;
  }
};

struct run_options {
  /// Connection string of a migrated database that nobody else uses.
  std::string dsn;
  /// For all rounds of a scenario together.
  std::chrono::duration<double> time{12};
};

struct scenario {
  std::string name;
  std::string what;
  std::function<measurement(const run_options&)> run;
};

/// In the order of the design's table.
[[nodiscard]] const std::vector<scenario>& scenarios();

/// Runs both sides in turns, `rounds` times each, and gives the medians. Each
/// side is told how long it may take and gives its figure.
using side = std::function<double(std::chrono::duration<double>)>;
void measure_in_turns(measurement& result, const run_options& how,
                      const side& runtime, const side& yardstick,
                      int rounds = 3);

[[nodiscard]] double median(std::vector<double> values);

/// The value that the given part (0.99: nearly all) of the values do not
/// exceed; 0 if there are none.
[[nodiscard]] double quantile(std::vector<double> values, double part);

/// `most` at the default time and above, less for a shorter run, at least
/// `least`: what scenarios prepare has to fit their time as well.
[[nodiscard]] std::size_t scaled(const run_options& how, std::size_t most,
                                 std::size_t least);

/// Says why on standard error and ends the program with code 3: what was
/// measured in part would not be a figure.
[[noreturn]] void give_up(const std::string& why);

[[nodiscard]] measurement many_aggregates(const run_options& how);
[[nodiscard]] measurement hot_aggregate(const run_options& how);
[[nodiscard]] measurement latency(const run_options& how);
[[nodiscard]] measurement peak_latency(const run_options& how);
[[nodiscard]] measurement recovery(const run_options& how);
[[nodiscard]] measurement memory(const run_options& how);
[[nodiscard]] measurement subscription(const run_options& how);
[[nodiscard]] measurement relay(const run_options& how);
[[nodiscard]] measurement rebuild(const run_options& how);
[[nodiscard]] measurement router(const run_options& how);
[[nodiscard]] measurement idle(const run_options& how);
[[nodiscard]] measurement idle_reading(const run_options& how);

} // namespace es_bench

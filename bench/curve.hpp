#pragma once

#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/svg_chart.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace es_bench {

/// What the runtime did at one place of a curve.
struct curve_point {
  std::size_t aggregates = 0;
  /// `persistence.batch_appends_max`.
  std::size_t batch_limit = 0;
  std::size_t in_flight = 0;
  double commands_per_second = 0;
  double p99_ms = 0;
};

/// How the runtime behaves over the number of aggregates and over the batch
/// limit. There is no yardstick: it shows a shape, not a goal.
struct curves {
  std::vector<curve_point> over_aggregates;
  std::vector<curve_point> over_batch_limits;
};

[[nodiscard]] curves measure_curves(const run_options& how);

/// One JSON object with both curves.
[[nodiscard]] std::string to_json_text(const curves& all);

/// Markdown, with a heading for each curve.
[[nodiscard]] std::string to_tables(const curves& all);
[[nodiscard]] std::vector<chart> to_charts(const curves& all);

} // namespace es_bench

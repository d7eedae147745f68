#include "eventsource/bench/scenario.hpp"

#include <algorithm>

namespace es_bench {

const std::vector<scenario>& scenarios() {
  static const std::vector<scenario> all = {
    {"many_aggregates", "commands/s over 10,000 aggregates", many_aggregates},
    {"hot_aggregate", "commands/s on one aggregate", hot_aggregate},
    {"latency", "p50 of a lone command", latency},
  };
  return all;
}

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void measure_in_turns(measurement& result, const run_options& how,
                      const side& runtime, const side& yardstick, int rounds) {
  std::vector<double> ours;
  std::vector<double> theirs;
  auto each = how.time / (2 * rounds);
  for (int i = 0; i < rounds; ++i) {
    theirs.push_back(yardstick(each));
    ours.push_back(runtime(each));
  }
  result.runtime = median(ours);
  result.yardstick = median(theirs);
}

} // namespace es_bench

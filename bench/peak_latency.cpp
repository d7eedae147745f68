#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

namespace es_bench {

// Both sides are measured after a load of the same length: what follows a
// checkpoint closely is slow, since the server writes each page as a whole
// then.
measurement peak_latency(const run_options& how) {
  constexpr std::size_t in_flight_at_peak = 4'000;
  constexpr double part_of_peak = 0.5;
  const auto aggregates = scaled(how, 10'000, 1'000);
  measurement result{"peak_latency", 0, 0, "ms", 5, false, {}};
  runtime_side ours{how.dsn};
  yardstick theirs{how.dsn};
  ours.prepare(aggregates);
  theirs.prepare(aggregates);
  std::vector<double> peaks, medians, commits;
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      auto flat_out = ours.run(time / 2, in_flight_at_peak);
      peaks.push_back(static_cast<double>(flat_out.answers) / flat_out.seconds);
      auto offered = ours.run_at_pace(time / 2, part_of_peak * peaks.back());
      medians.push_back(median(offered.latencies_ms));
      return quantile(std::move(offered.latencies_ms), 0.99);
    },
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      static_cast<void>(theirs.run(time / 2, 2));
      auto seen = theirs.run(time / 2, 2);
      commits.push_back(seen.commit_ms);
      return seen.transaction_ms;
    });
  result.remarks = fmt::format(
    "p99 at half of a peak of {:.0f} commands/s, p50 {:.1f} ms; the yardstick "
    "is a transaction of 500 commands, of which COMMIT alone {:.2f} ms",
    median(peaks), median(medians), median(commits));
  return result;
}

} // namespace es_bench

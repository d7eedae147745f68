#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

namespace es_bench {

measurement many_aggregates(const run_options& how) {
  constexpr std::size_t aggregates = 10'000;
  constexpr std::size_t in_flight = 4'000;
  measurement result{"many_aggregates", 0, 0, "commands/s", 0.80, true, {}};
  runtime_side ours{how.dsn};
  yardstick theirs{how.dsn};
  ours.prepare(aggregates);
  theirs.prepare(aggregates);
  std::vector<double> medians;
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      auto done = ours.run(time, in_flight);
      medians.push_back(median(done.latencies_ms));
      return static_cast<double>(done.answers) / done.seconds;
    },
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      return theirs.commands_per_second(time, 2);
    });
  result.remarks = fmt::format(
    "{} aggregates, {} commands in flight, median latency {:.1f} ms",
    aggregates, in_flight, median(medians));
  return result;
}

} // namespace es_bench

#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

namespace es_bench {

measurement latency(const run_options& how) {
  constexpr std::size_t aggregates = 1'000;
  measurement result{"latency", 0, 0, "ms", 1.3, false, {}};
  runtime_side ours{how.dsn};
  yardstick theirs{how.dsn};
  ours.prepare(aggregates);
  theirs.prepare(aggregates);
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      return median(ours.run(time, 1).latencies_ms);
    },
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      return theirs.median_ms(time);
    });
  result.remarks = "p50, one command in flight";
  return result;
}

} // namespace es_bench

#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

namespace es_bench {

measurement hot_aggregate(const run_options& how) {
  constexpr std::size_t in_flight = 1'000;
  measurement result{"hot_aggregate", 0, 0, "commands/s", 0.50, true, {}};
  runtime_side ours{how.dsn};
  yardstick theirs{how.dsn};
  ours.prepare(1);
  theirs.prepare(1);
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      auto done = ours.run(time, in_flight);
      return static_cast<double>(done.answers) / done.seconds;
    },
    [&](std::chrono::duration<double> time) {
      settle_tables(how.dsn);
      return theirs.commands_per_second(time, 1);
    });
  result.remarks = fmt::format("{} commands in flight", in_flight);
  return result;
}

} // namespace es_bench

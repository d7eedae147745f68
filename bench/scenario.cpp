#include "eventsource/bench/scenario.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace es_bench {

const std::vector<scenario>& scenarios() {
  static const std::vector<scenario> all = {
    {"many_aggregates", "commands/s over 10,000 aggregates", many_aggregates},
    {"hot_aggregate", "commands/s on one aggregate", hot_aggregate},
    {"latency", "p50 of a lone command", latency},
    {"peak_latency", "p99 at half of the peak rate", peak_latency},
    {"recovery", "cold aggregates/s", recovery},
    {"memory", "bytes of an idle live aggregate", memory},
    {"subscription", "p99 of an event's delivery after its commit",
     subscription},
    {"relay", "events/s that are published and noted", relay},
    {"rebuild", "rows/s of an async projection that is made anew", rebuild},
    {"router", "commands/s that never touch the store", router},
    {"idle", "% of a core while nothing happens", idle},
    {"idle_reading", "the same with a relay and a subscription", idle_reading},
  };
  return all;
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

double quantile(std::vector<double> values, double part) {
  if (values.empty())
    return 0;
  auto rank =
    static_cast<std::size_t>(static_cast<double>(values.size()) * part);
  auto place = values.begin()
               + static_cast<std::ptrdiff_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

std::size_t scaled(const run_options& how, std::size_t most,
                   std::size_t least) {
  auto part = std::min(1.0, how.time / run_options{}.time);
  return std::max(least,
                  static_cast<std::size_t>(static_cast<double>(most) * part));
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

void give_up(const std::string& why) {
  std::fprintf(stderr, "es_bench: %s\n", why.c_str());
  std::exit(3);
}

} // namespace es_bench

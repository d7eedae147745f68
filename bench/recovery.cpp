#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

namespace es_bench {

namespace {

constexpr std::size_t events_before_snapshot = 11;
constexpr std::size_t events_after_snapshot = 10;

/// Their latest snapshot is followed by `events_after_snapshot` events.
population write_aggregates(const run_options& how, std::size_t count) {
  runtime_side writer{how.dsn, [](es::actors::settings& s) {
                        s.aggregates.snapshot_every =
                          static_cast<int>(events_before_snapshot);
                      }};
  writer.prepare(count);
  writer.change_each(events_before_snapshot + events_after_snapshot - 1, 1'000);
  return writer.organizations();
}

} // namespace

measurement recovery(const run_options& how) {
  constexpr std::size_t in_flight = 1'000;
  const auto count = scaled(how, 5'000, 500);
  measurement result{"recovery", 0, 0, "aggregates/s", 0.60, true, {}};
  const auto written = write_aggregates(how, count);
  settle_tables(how.dsn);
  auto repeat = [&](std::chrono::duration<double> time, auto once) {
    std::vector<double> rates;
    const auto end = std::chrono::steady_clock::now() + time;
    do
      rates.push_back(static_cast<double>(count) / once());
    while (std::chrono::steady_clock::now() < end);
    return median(std::move(rates));
  };
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      return repeat(time, [&] {
        runtime_side cold{how.dsn};
        cold.adopt(written);
        return cold.ask_states(in_flight).seconds;
      });
    },
    [&](std::chrono::duration<double> time) {
      return repeat(time, [&] {
        return read_in_bulk(how.dsn, written.ids,
                            count * (1 + events_after_snapshot));
      });
    });
  result.remarks = fmt::format("{} aggregates, a snapshot and {} events each, "
                               "states asked of a fresh runtime",
                               count, events_after_snapshot);
  return result;
}

} // namespace es_bench

#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

namespace es_bench {

namespace {

constexpr std::size_t events_each = 10;

population aggregates_to_publish(const run_options& how, std::size_t count) {
  runtime_side writer{how.dsn};
  writer.prepare(count);
  writer.change_each(events_each - 1, 1'000);
  return writer.organizations();
}

} // namespace

measurement relay(const run_options& how) {
  measurement result{"relay", 0, 0, "events/s", 0.70, true, {}};
  const auto count = scaled(how, 10'000, 500);
  const auto events = count * events_each;
  const auto batch = es::actors::settings{}.outbox.batch_events_max;
  const auto written = aggregates_to_publish(how, count);
  auto rate_of = [&](auto empty) {
    fill_outbox(how.dsn, written.ids, events);
    settle_tables(how.dsn);
    return static_cast<double>(events) / empty();
  };
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double>) {
      return rate_of([&] { return runtime_side{how.dsn}.relay_all(events); });
    },
    [&](std::chrono::duration<double>) {
      return rate_of([&] { return empty_outbox(how.dsn, batch, events); });
    });
  result.remarks = fmt::format(
    "{} events of {} aggregates, {} a transaction, all there before", events,
    count, batch);
  return result;
}

} // namespace es_bench

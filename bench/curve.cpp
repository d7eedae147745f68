#include "eventsource/bench/curve.hpp"

#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace es_bench {

namespace {

constexpr std::array<std::size_t, 5> aggregate_counts = {1, 10, 100, 1'000,
                                                         10'000};
constexpr std::array<std::size_t, 6> batch_limits = {1,   10,    100,
                                                     500, 1'000, 5'000};
constexpr std::size_t in_flight_over_aggregates = 4'000;
/// Of both curves together, in the time of one scenario.
constexpr int points_in_the_time = 6;

curve_point measure(runtime_side& side, const run_options& how,
                    curve_point place) {
  settle_tables(how.dsn);
  auto done = side.run(how.time / points_in_the_time, place.in_flight);
  place.commands_per_second = static_cast<double>(done.answers) / done.seconds;
  place.p99_ms = quantile(std::move(done.latencies_ms), 0.99);
  return place;
}

std::string to_table(const std::vector<curve_point>& points) {
  std::string table = "| aggregates | batch limit | in flight | commands/s | "
                      "p99, ms |\n|--:|--:|--:|--:|--:|\n";
  for (const auto& p : points)
    table +=
      fmt::format("| {} | {} | {} | {:.0f} | {:.1f} |\n", p.aggregates,
                  p.batch_limit, p.in_flight, p.commands_per_second, p.p99_ms);
  return table;
}

nlohmann::ordered_json to_json_array(const std::vector<curve_point>& points) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& p : points)
    array.push_back({{"aggregates", p.aggregates},
                     {"batch_limit", p.batch_limit},
                     {"in_flight", p.in_flight},
                     {"commands_per_second", p.commands_per_second},
                     {"p99_ms", p.p99_ms}});
  return array;
}

template <class X>
void add_charts(std::vector<chart>& charts, const std::string& over,
                const std::vector<curve_point>& points, X x) {
  chart rates{"Throughput over " + over, over, "commands/s", {}};
  chart latencies{"p99 latency over " + over, over, "ms", {}};
  for (const auto& point : points) {
    rates.points.push_back({x(point), point.commands_per_second});
    latencies.points.push_back({x(point), point.p99_ms});
  }
  charts.push_back(std::move(rates));
  charts.push_back(std::move(latencies));
}

} // namespace

curves measure_curves(const run_options& how) {
  curves all;
  const auto defaults = es::actors::settings{}.persistence;
  for (auto count : aggregate_counts) {
    runtime_side side{how.dsn};
    side.prepare(count);
    all.over_aggregates.push_back(
      measure(side, how,
              {.aggregates = count,
               .batch_limit = defaults.batch_appends_max,
               .in_flight = in_flight_over_aggregates}));
  }
  population organizations;
  {
    runtime_side writer{how.dsn};
    writer.prepare(scaled(how, aggregate_counts.back(), 1'000));
    organizations = writer.organizations();
  }
  for (auto limit : batch_limits) {
    runtime_side side{how.dsn, [&](es::actors::settings& s) {
                        s.persistence.batch_appends_max = limit;
                      }};
    side.adopt(organizations);
    side.ask_states(in_flight_over_aggregates);
    // One batch of each writer on its way, and the next one full.
    all.over_batch_limits.push_back(
      measure(side, how,
              {.aggregates = organizations.ids.size(),
               .batch_limit = limit,
               .in_flight = 2 * defaults.writers * limit}));
    organizations = side.organizations();
  }
  return all;
}

std::string to_json_text(const curves& all) {
  return nlohmann::ordered_json{
    {"curves",
     {{"over_aggregates", to_json_array(all.over_aggregates)},
      {"over_batch_limits", to_json_array(all.over_batch_limits)}}}}
    .dump();
}

std::string to_tables(const curves& all) {
  return "### Over the number of aggregates\n\n" + to_table(all.over_aggregates)
         + "\n### Over the batch limit\n\n" + to_table(all.over_batch_limits);
}

std::vector<chart> to_charts(const curves& all) {
  std::vector<chart> charts;
  add_charts(charts, "aggregates", all.over_aggregates,
             [](const auto& p) { return static_cast<double>(p.aggregates); });
  add_charts(charts, "batch limit", all.over_batch_limits,
             [](const auto& p) { return static_cast<double>(p.batch_limit); });
  return charts;
}

} // namespace es_bench

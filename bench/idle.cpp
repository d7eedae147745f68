#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <thread>

namespace es_bench {

namespace {

constexpr std::size_t aggregates = 1'000;
constexpr double goal_percent = 1;

/// Processor time of this program, all threads; the server's is not in it.
std::chrono::duration<double> processor_time() {
  ::rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const ::timeval& time) {
    return std::chrono::duration<double>(static_cast<double>(time.tv_sec)
                                         + static_cast<double>(time.tv_usec)
                                             / 1'000'000);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Percent of one core.
double load_of_this_program(std::chrono::duration<double> time) {
  using clock = std::chrono::steady_clock;
  const auto used_before = processor_time();
  const auto before = clock::now();
  std::this_thread::sleep_for(time);
  const std::chrono::duration<double> took = clock::now() - before;
  return 100 * ((processor_time() - used_before) / took);
}

measurement measure_at_rest(std::string name, const run_options& how) {
  measurement result{
    std::move(name), 0, std::nullopt, "% of a core", goal_percent, false, {}};
  // What the last commands left to do.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  result.runtime = load_of_this_program(how.time);
  result.remarks = fmt::format("{} live aggregates, {:.0f} s, no command",
                               aggregates, how.time.count());
  return result;
}

} // namespace

measurement idle(const run_options& how) {
  runtime_side ours{how.dsn};
  ours.prepare(aggregates);
  return measure_at_rest("idle", how);
}

measurement idle_reading(const run_options& how) {
  runtime_side ours{how.dsn};
  ours.publish_and_subscribe();
  ours.prepare(aggregates);
  const auto seen = ours.wait_until_all_is_read();
  auto result = measure_at_rest("idle_reading", how);
  result.remarks += fmt::format(
    ", after the relay published {} events and a subscription handled {}",
    seen.published, seen.handled);
  return result;
}

} // namespace es_bench

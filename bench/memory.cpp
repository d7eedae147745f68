#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#ifdef ES_BENCH_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>
#endif

namespace es_bench {

namespace {

#ifdef ES_BENCH_JEMALLOC

double bytes_in_use() {
  // Threads keep what they freed; a new epoch adds the figures up.
  (void)::mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  std::uint64_t epoch = 1;
  (void)::mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch);
  std::size_t bytes = 0;
  auto size = sizeof bytes;
  if (::mallctl("stats.allocated", &bytes, &size, nullptr, 0) != 0)
    throw std::runtime_error("this jemalloc was built without statistics");
  return static_cast<double>(bytes);
}

void return_freed() {
  const auto purge = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  (void)::mallctl(purge.c_str(), nullptr, nullptr, nullptr, 0);
}

#else

double bytes_in_use() {
  const auto now = ::mallinfo2();
  return static_cast<double>(now.uordblks + now.hblkhd);
}

void return_freed() {
  ::malloc_trim(0);
}

#endif

double resident_bytes() {
  // What was freed does not count as the aggregates'.
  return_freed();
  std::ifstream in{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Of one state on the heap, as the runtime holds it.
double bytes_of(const es::reference::organization& state) {
  constexpr std::size_t copies = 1'000;
  std::vector<std::shared_ptr<const es::reference::organization>> all;
  all.reserve(copies);
  const auto before = bytes_in_use();
  for (std::size_t i = 0; i < copies; ++i)
    all.push_back(std::make_shared<const es::reference::organization>(state));
  return (bytes_in_use() - before) / copies;
}

} // namespace

measurement memory(const run_options& how) {
  using namespace std::chrono_literals;
  constexpr auto command_timeout = 5s;
  const auto count = scaled(how, 100'000, 5'000);
  const auto aggregates = static_cast<double>(count);
  measurement result{"memory", 0, std::nullopt, "bytes", 2'048, false, {}};
  runtime_side ours{how.dsn, [&](es::actors::settings& s) {
                      s.aggregates.passivate_after = 0ms;
                      s.aggregates.live_max = 2 * count;
                      // A router remembers a command's deadline until it is
                      // past; an aggregate is idle after that.
                      s.commands.timeout = command_timeout;
                    }};
  // Pools and buffers grow with the first commands.
  ours.prepare(1'000);
  (void)ours.run(100ms, 1'000);
  ours.make_ids(count);
  const auto heap_before = bytes_in_use();
  const auto resident_before = resident_bytes();
  ours.register_all();
  const auto heap_at_once = bytes_in_use();
  std::this_thread::sleep_for(command_timeout + 1s);
  const auto state = bytes_of(ours.first_state());
  result.runtime = (bytes_in_use() - heap_before) / aggregates - state;
  result.remarks = fmt::format(
    "{} aggregates, beside {:.0f} bytes of state each; {:.0f} before the "
    "deadlines of their last commands were past; resident memory grew by "
    "{:.0f} each, state and all",
    count, state, (heap_at_once - heap_before) / aggregates - state,
    (resident_bytes() - resident_before) / aggregates);
  return result;
}

} // namespace es_bench

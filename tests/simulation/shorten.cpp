#include "eventsource/tests/simulation/shorten.hpp"

#include "eventsource/tests/simulation/run.hpp"

#include <algorithm>

namespace es::simulation {

namespace {

constexpr int runs_max = 2'000;

bool breaks(const plan& candidate, const finding& what) {
  const auto report = run(candidate);
  return report.broken && report.broken->promise == what.promise;
}

} // namespace

plan shorten(const plan& failed, const finding& what) {
  auto least = failed;
  int runs = 0;
  for (auto part = least.script.size() / 2; part > 0 && runs < runs_max;) {
    bool shorter = false;
    for (std::size_t from = 0; from < least.script.size() && runs < runs_max;) {
      auto candidate = least;
      const auto first =
        candidate.script.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(part, least.script.size() - from);
      candidate.script.erase(first, first + static_cast<std::ptrdiff_t>(count));
      ++runs;
      if (breaks(candidate, what)) {
        least = std::move(candidate);
        shorter = true;
      } else {
        from += part;
      }
    }
    if (!shorter || part >= least.script.size())
      part = part == 1 && shorter ? 1 : part / 2;
  }
  return least;
}

} // namespace es::simulation

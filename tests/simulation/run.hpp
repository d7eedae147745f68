#pragma once

#include "eventsource/tests/simulation/finding.hpp"
#include "eventsource/tests/simulation/plan.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace es::simulation {

/// What came of a run.
struct run_report {
  std::optional<finding> broken;
  std::vector<std::string> trace;
  std::uint64_t commands = 0;
  std::uint64_t messages = 0;
  std::uint64_t faults = 0;
  std::map<std::string, std::size_t> answers;
};

/// Carries out a plan in a world of its own, until its end or the first broken
/// promise. Two runs of one plan are the same.
[[nodiscard]] run_report run(const plan& what, bool with_trace = false);

} // namespace es::simulation

#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/testing/laws/random_source.hpp"
#include "eventsource/testing/round_trips.hpp"
#include "eventsource/testing/specification_failed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace es::testing {

/// What a check of laws has seen.
struct law_report {
  std::size_t commands = 0;
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  /// How many events of each type were decided.
  std::map<std::string, std::size_t, std::less<>> events{};
};

namespace detail {

/// The erased half of `laws`.
struct law_check {
  struct command_source {
    std::string type;
    std::function<any_command(random_source&, const any_state&)> make;
  };

  const aggregate_type* type = nullptr;
  std::vector<command_source> sources{};
  round_trips events{};
  round_trips commands{};
  std::uint64_t seed = 1;
  std::size_t sequences = 100;
  std::size_t commands_max = 30;
  /// Event types that need not come up.
  std::set<std::string, std::less<>> optional_events{};

  /// Throws `specification_failed` with the shortest sequence of commands that
  /// breaks a law.
  [[nodiscard]] law_report run(source_place where) const;
};

} // namespace detail

} // namespace es::testing

#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/bench/load_actor.hpp"

#include <memory>
#include <string>
#include <vector>

namespace es_bench {

/// A runtime with its defaults, as a user's program has it, and organizations
/// to send to. Ends the program with a message if something is refused.
class runtime_side {
public:
  explicit runtime_side(const std::string& dsn);
  ~runtime_side();

  /// Registers so many organizations; their actors stay alive.
  void prepare(std::size_t aggregates);

  [[nodiscard]] load_result run(std::chrono::duration<double> time,
                                std::size_t in_flight);

private:
  struct parts;

  /// Spreads the plan over callers, and adds up what they saw.
  load_result play(const load_actor::plan& what);
  std::unique_ptr<parts> parts_;
};

} // namespace es_bench

#pragma once

#include "eventsource/actors/settings.hpp"
#include "eventsource/tests/simulation/order.hpp"

#include <cstdint>
#include <vector>

namespace es::simulation {

/// How often the store misbehaves, in per mille of its calls.
struct store_faults {
  std::uint64_t unavailable = 0;
  /// Stored, but the answer says `in_doubt`.
  std::uint64_t answer_lost = 0;
  /// Not stored, and the answer says `in_doubt`.
  std::uint64_t request_lost = 0;
  /// The answer says `in_doubt`, and it is stored some time later.
  std::uint64_t stored_late = 0;
  std::uint64_t exception = 0;
  /// Another program appends just before.
  std::uint64_t foreign_writer = 0;
  /// A read fails.
  std::uint64_t unreadable = 0;
  /// A call waits before it begins, or its answer on the way back.
  std::uint64_t slow = 0;
  moment delay_max{};

  [[nodiscard]] bool any() const noexcept {
    return unavailable + answer_lost + request_lost + stored_late + exception
             + unreadable
           > 0;
  }
};

/// Something that happens to the runtime from outside.
struct action {
  enum class kind {
    send,
    /// An earlier order with a command id once more.
    send_again,
    ask_state,
    /// An aggregate's actor is killed.
    kill_aggregate,
    /// A whole runtime is killed and started again.
    crash,
    /// A runtime is stopped in order and started again.
    restart,
    foreign_append,
    damage_event,
    damage_snapshot,
    /// Nothing can be stored or read for a while.
    outage,
    /// The wall clock jumps, and the actors' does not.
    clock_jump,
    /// Time passes while messages wait.
    lag,
    /// Everything comes to rest, then time passes.
    rest,
  };

  kind what = kind::send;
  /// What it is about follows from this number.
  std::uint64_t salt = 0;
  /// How many messages are handled before the next action.
  std::uint64_t pace = 0;
};

[[nodiscard]] const char* to_string(action::kind x) noexcept;

/// All that one run is made of. Follows from the seed alone.
struct plan {
  std::uint64_t seed = 0;
  actors::settings how{};
  std::size_t nodes = 1;
  std::size_t ledgers = 1;
  std::size_t callers = 1;
  store_faults faults{};
  /// Timeouts that callers use.
  std::vector<std::chrono::milliseconds> timeouts{};
  std::vector<action> script{};

  [[nodiscard]] bool has_faults() const noexcept;
};

/// The plan of a seed with so many actions.
[[nodiscard]] plan make_plan(std::uint64_t seed, std::size_t steps);

} // namespace es::simulation

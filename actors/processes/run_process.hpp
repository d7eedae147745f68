#pragma once

#include "eventsource/actors/projection_actor.hpp"
#include "eventsource/actors/subscriptions.hpp"
#include "eventsource/domain/process_type.hpp"

#include <functional>

namespace es::actors {

struct process_options {
  /// Shares of the aggregates whose events are reacted to side by side, and of
  /// the instances whose commands are sent side by side; for ever the same
  /// number.
  std::uint32_t partitions = 1;
  /// What happens when `correlate` or `react` has failed `retries_max` times,
  /// or a command could not be decided: `stop` stops the process until it is
  /// resumed, `skip` records the failure in the instance's stream and goes on.
  failing_events policy = failing_events::stop;
  /// Where it begins if it never ran; all events by default.
  subscription_start start{};
};

/// A process manager that was started. Copies are the same one.
struct running_process {
  /// Named as the process: how far it has reacted to events.
  subscription reactions;
  /// Named as the process with " commands" behind: how far these are sent.
  subscription commands;
};

/// Starts what a process manager needs. `routers` gives the router of an
/// aggregate type, null if there is none.
[[nodiscard]] result<running_process>
run_process(caf::actor_system& system, subscriptions& subscribed,
            const settings& how, const process_type& type,
            const process_options& options,
            std::function<caf::actor(std::string_view)> routers,
            std::function<timestamp()> now);

} // namespace es::actors

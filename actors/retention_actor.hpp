#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/timer.hpp"

#include <chrono>
#include <cstddef>

namespace es::actors {

/// Forgets command ids that are older than `commands.ids_kept_for`, so that
/// their table does not grow for ever. Looks now and then, and then asks for
/// one small batch after the other: a reader's other work goes in between.
/// What one runtime does not get done, another on the same database or the next
/// look does.
class retention_actor : public caf::event_based_actor {
public:
  /// `worker` is a store worker that reads.
  retention_actor(caf::actor_config& config, std::chrono::milliseconds kept_for,
                  caf::actor worker);

  const char* name() const override {
    return "es.retention";
  }

  caf::behavior make_behavior() override;

private:
  void forget_some();

  std::chrono::milliseconds kept_for_;
  /// Between two looks; ids stay at most so much longer.
  std::chrono::milliseconds interval_;
  caf::actor worker_;
  timer<retention_tick> timer_;
};

} // namespace es::actors

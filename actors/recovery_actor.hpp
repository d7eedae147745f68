#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace es::actors {

/// Loads cold aggregates for all routers of a runtime, many with one query:
/// what is asked for while the readers are busy is loaded together next.
///
/// Bounds: `recovery.concurrent_max` aggregates being loaded at once over all
/// readers, so that a restart does not flood the database;
/// `recovery.queue_aggregates_max` waiting, beyond them `errc::overloaded`.
class recovery_actor : public caf::event_based_actor {
public:
  recovery_actor(caf::actor_config& config, settings::recovery_settings how,
                 std::vector<caf::actor> readers);

  const char* name() const override {
    return "es.recovery";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using promise = caf::typed_response_promise<recovered>;

  struct waiting_recovery {
    store::recovery_request request;
    promise answer;
  };

  void load_if_possible();
  void load(std::size_t reader, std::size_t count);

  settings::recovery_settings how_;
  std::vector<caf::actor> readers_;
  /// Whom each reader loads for; a reader loads one batch at a time.
  std::vector<std::vector<promise>> loading_;
  std::deque<waiting_recovery> queue_;
  std::size_t in_flight_ = 0;
};

} // namespace es::actors

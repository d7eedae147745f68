#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/publisher.hpp"
#include "eventsource/actors/relay_messages.hpp"

#include <memory>

namespace es::actors {

/// Calls a `publisher`, which may block: has a thread of its own in production,
/// and runs inline in deterministic tests.
class publishing_actor : public caf::event_based_actor {
public:
  publishing_actor(caf::actor_config& config, std::unique_ptr<publisher> to);

  const char* name() const override {
    return "es.publishing";
  }

  caf::behavior make_behavior() override;

private:
  std::unique_ptr<publisher> to_;
};

} // namespace es::actors

#pragma once

#include "eventsource/actors/messages.hpp"

#include <memory>

namespace es::actors {

/// The only actor that may block: it calls the store. In production each worker
/// has a thread of its own (spawned detached); in deterministic tests the same
/// class runs inline on the test scheduler with the memory store.
class store_worker : public caf::event_based_actor {
public:
  store_worker(caf::actor_config& config,
               std::shared_ptr<store::event_store> store);

  const char* name() const override {
    return "es.store_worker";
  }

  caf::behavior make_behavior() override;

private:
  std::shared_ptr<store::event_store> store_;
};

} // namespace es::actors

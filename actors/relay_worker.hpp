#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/relay_messages.hpp"
#include "eventsource/domain/cloud_event.hpp"
#include "eventsource/store/event_store.hpp"

#include <memory>

namespace es::actors {

/// Calls the outbox and the leases of the store for one relay, and writes the
/// events that it loads as CloudEvents. May block: has a thread of its own in
/// production, and runs inline in deterministic tests.
class relay_worker : public caf::event_based_actor {
public:
  relay_worker(caf::actor_config& config,
               std::shared_ptr<store::event_store> store,
               cloud_event_writer writer);

  const char* name() const override {
    return "es.relay_worker";
  }

  caf::behavior make_behavior() override;

private:
  result<lease_held> hold(const hold_lease& message);
  result<outbox_loaded> load(const load_outbox& message);

  std::shared_ptr<store::event_store> store_;
  cloud_event_writer writer_;
};

} // namespace es::actors

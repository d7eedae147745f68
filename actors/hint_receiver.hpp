#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/subscription_messages.hpp"

#include <chrono>
#include <memory>

namespace es::actors {

/// Listens for hints of other processes and tells the hub. It blocks and has a
/// thread and a connection of its own; whatever goes wrong with the connection,
/// it makes another one after a while, and subscriptions poll meanwhile. Ends
/// at once if the store has no such thing.
class hint_receiver : public caf::event_based_actor {
public:
  hint_receiver(caf::actor_config& config,
                std::shared_ptr<store::event_store> store, caf::actor hub,
                std::chrono::milliseconds retry_delay);

  const char* name() const override {
    return "es.hint_receiver";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  void wait();

  std::shared_ptr<store::event_store> store_;
  caf::actor hub_;
  std::chrono::milliseconds retry_delay_;
  std::unique_ptr<store::hint_listener> listener_;
};

} // namespace es::actors

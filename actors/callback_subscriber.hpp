#pragma once

#include "eventsource/actors/subscription_messages.hpp"

#include <functional>
#include <span>

namespace es::actors {

/// Calls a function with the events that it is sent, and answers for it. Ends
/// with the subscription.
class callback_subscriber : public caf::event_based_actor {
public:
  using callback =
    std::function<result<void>(std::span<const store::logged_event> events)>;

  callback_subscriber(caf::actor_config& config, callback handle);

  const char* name() const override {
    return "es.callback_subscriber";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  callback handle_;
};

} // namespace es::actors

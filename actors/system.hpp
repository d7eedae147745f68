#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/processes/process_messages.hpp"
#include "eventsource/actors/relay_messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"

namespace es::actors {

/// Makes the library's message types known to CAF. Call it (or the form with
/// your own type id blocks) first thing in `main`, before any config exists.
template <class... UserBlocks>
void init_types() {
  compat::init_types<caf::id_block::eventsource,
                     caf::id_block::eventsource_relay,
                     caf::id_block::eventsource_subscriptions,
                     caf::id_block::eventsource_processes, UserBlocks...>();
}

/// A CAF configuration with the library's types and the given blocks of the
/// user's, and with a scheduler that suits the work: an idle runtime uses no
/// CPU. Programs with a configuration of their own call `configure` instead.
///
///     es::actors::init_types<caf::id_block::bank>();
///     es::actors::system_config<caf::id_block::bank> config{settings};
///     caf::actor_system system{config};
void configure(caf::actor_system_config& config, const settings& how);

template <class... UserBlocks>
class system_config : public caf::actor_system_config {
public:
  explicit system_config(const settings& how = {}) {
    configure(*this, how);
    compat::add_types<UserBlocks...>(*this);
  }
};

} // namespace es::actors

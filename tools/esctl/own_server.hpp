#pragma once

#include "eventsource/actors/settings.hpp"

namespace esctl {

/// Starts the private server if the settings name no other, and makes them name
/// this one. It runs until `stop_own_server`, whoever uses it. Blocks for some
/// seconds when its folder is new. Thread-safe.
[[nodiscard]] es::result<void> start_own_server(es::actors::settings& how);

/// Stops the private server, unless other programs use it too; waits for a
/// start that is under way, and none is begun after this. Thread-safe.
void stop_own_server();

} // namespace esctl

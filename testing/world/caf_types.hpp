#pragma once

#include "eventsource/actors/system.hpp"
#include "eventsource/testing/world/test_runtime.hpp"

namespace es::testing {

/// For tests in which actors of one's own send messages of one's own: makes
/// their type id blocks known to the world's actor system.
///
///     test_runtime world{types_of<account>(), test_runtime::defaults(),
///                        caf_types_in<caf::id_block::bank>()};
template <class... UserBlocks>
[[nodiscard]] caf_types caf_types_in() {
  return {[] { actors::init_types<UserBlocks...>(); },
          [](caf::actor_system_config& config) {
            actors::compat::add_types<UserBlocks...>(config);
          }};
}

} // namespace es::testing

#include "eventsource/actors/system.hpp"

#include <algorithm>
#include <thread>

namespace es::actors {

void configure(caf::actor_system_config& config, const settings& how) {
  compat::add_types<caf::id_block::eventsource,
                    caf::id_block::eventsource_relay,
                    caf::id_block::eventsource_subscriptions,
                    caf::id_block::eventsource_processes>(config);
  compat::add_error_names<errc>(config, "es");
  // Work sharing blocks on a condition variable; CAF's default work stealing
  // polls, which costs about 1 % of a core while nothing happens.
  compat::set_symbol(config, "scheduler.policy", "sharing");
  auto threads = how.runtime.threads;
  if (threads == 0)
    threads = std::max(2u, std::thread::hardware_concurrency());
  compat::set_option(config, "scheduler.max-threads", threads);
}

} // namespace es::actors

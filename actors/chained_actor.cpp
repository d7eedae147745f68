#include "eventsource/actors/chained_actor.hpp"

#include "eventsource/actors/turn_chain.hpp"

namespace es::actors {

caf::resumable::resume_result
chained_actor::resume(compat::execution_context* host, std::size_t throughput) {
  if (!host || throughput <= 1)
    return caf::event_based_actor::resume(host, throughput);
  if (auto* chain = turn_chain::in(*host)) {
    chain->pack_up_to(pack_max());
    return caf::event_based_actor::resume(host, throughput);
  }
  compat::leave_silent_log();
  turn_chain chain{*host};
  chain.pack_up_to(pack_max());
  const auto result = chain.take_turn(throughput, [&](std::size_t part) {
    return caf::event_based_actor::resume(&chain, part);
  });
  // From here on another thread may run this actor, or end it.
  chain.run(throughput);
  return result;
}

} // namespace es::actors

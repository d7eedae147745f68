#include "eventsource/store/lease.hpp"

namespace es::store {

error lost_lease(const held_lease& lease) {
  return {errc::conflict,
          "the lease \"" + lease.name + "\" is no longer that of " + lease.owner
            + " at epoch " + std::to_string(lease.epoch)
            + ": another one took over, and nothing was stored"};
}

} // namespace es::store

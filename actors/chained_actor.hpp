#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <cstddef>

namespace es::actors {

/// An actor that keeps its thread for whom it sends to: see turn_chain.hpp.
///
/// A scheduler that lets an actor take one message at a time, as those of tests
/// do, chooses itself what runs next.
class chained_actor : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override;

protected:
  /// How many of those that its turn makes ready may go to the thread pool
  /// together, see turn_pack.hpp. They wait for each other, so that an actor
  /// whose messages can take long leaves it at one.
  [[nodiscard]] virtual std::size_t pack_max() const noexcept {
    return 1;
  }
};

} // namespace es::actors

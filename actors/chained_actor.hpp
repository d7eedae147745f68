#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <cstddef>

namespace es::actors {

/// An actor that keeps its thread for whom it sends to. When its turn is over,
/// the actor that it made ready to run last runs on the same thread, then the
/// one that this made ready, and so on, at most `turns_max` in a row. What is
/// made ready besides goes to the thread pool at once, and so does who would
/// have to wait for more than `messages_max` messages of a turn.
///
/// CAF gives each to the pool, which wakes another thread for it while this one
/// goes to sleep: at every turn of a lone command. Tokio's scheduler keeps the
/// last one as well, and for the same reason bounds how often ("Making the
/// Tokio scheduler 10x faster", 2019, "Optimizing for message passing
/// patterns").
///
/// A scheduler that lets an actor take one message at a time, as those of tests
/// do, chooses itself what runs next.
class chained_actor : public caf::event_based_actor {
public:
  static constexpr int turns_max = 16;
  static constexpr std::size_t messages_max = 16;

  using caf::event_based_actor::event_based_actor;

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override;
};

} // namespace es::actors

#pragma once

#include "eventsource/actors/publisher.hpp"

#include <ostream>

namespace es::actors {

/// Publishes to a stream, such as standard output: one CloudEvent a line. An
/// event is acknowledged when the stream has been flushed behind its batch; a
/// stream that takes nothing more is an outage.
class stream_publisher : public publisher {
public:
  /// `to` outlives the relay, and nobody else writes to it meanwhile.
  explicit stream_publisher(std::ostream& to) : to_(to) {
    // nop
  }

  std::vector<result<void>>
  publish(std::span<const outgoing_event> events) override;

private:
  std::ostream& to_;
};

} // namespace es::actors

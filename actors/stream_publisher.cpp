#include "eventsource/actors/stream_publisher.hpp"

namespace es::actors {

std::vector<result<void>>
stream_publisher::publish(std::span<const outgoing_event> events) {
  for (const auto& event : events)
    to_ << event.cloud_event << '\n';
  if (to_.flush())
    return std::vector<result<void>>(events.size());
  to_.clear();
  // How many lines went out nobody knows: all of them are written again.
  return {events.size(),
          fail(errc::unavailable, "the output can't be written to")};
}

} // namespace es::actors

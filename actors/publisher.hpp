#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace es::actors {

/// An event on its way out.
struct outgoing_event {
  recorded_event event;
  /// The event as a CloudEvent: one line of JSON, see domain/cloud_event.hpp.
  std::string cloud_event;
};

/// Where the outbox is published to. The relay calls it on a thread of its own,
/// one call at a time; it may block.
class publisher {
public:
  virtual ~publisher() = default;

  /// Publishes events, and returns when it knows what became of them: an
  /// outcome for each, in the same order. Those of one aggregate follow each
  /// other in version order, and one must not go out before the one before it
  /// is confirmed: after a failure the rest of its aggregate is `left_out`.
  ///
  /// `errc::unavailable` and `errc::overloaded` mean that nothing can be
  /// published at the moment: the relay pauses, and no event is blamed. Any
  /// other error counts against its event, which is tried again later and at
  /// last becomes a dead letter. An event that may have been published is not
  /// an event that was: it is published again.
  [[nodiscard]] virtual std::vector<result<void>>
  publish(std::span<const outgoing_event> events) = 0;
};

/// The outcome of an event that was not tried, because an earlier one of its
/// aggregate was not published: neither a failed attempt nor an outage.
[[nodiscard]] inline error left_out() {
  return {errc::conflict, "an earlier event of its aggregate was not "
                          "published"};
}

/// Makes a publisher for each partition; called before the relay starts.
using publisher_factory = std::function<result<std::unique_ptr<publisher>>()>;

} // namespace es::actors

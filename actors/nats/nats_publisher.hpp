#pragma once

#include "eventsource/actors/publisher.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace es::actors {

struct nats_options {
  /// One server or several with commas between; user names, passwords and
  /// tokens may be part of them.
  std::string url = "nats://127.0.0.1:4222";
  /// A message's subject, see domain/event_template.hpp. What no token of a
  /// subject has is replaced by `_` in the values.
  std::string subject = "events.{aggregate_type}.{event_type}";
  /// Made when it is not there, in files, for the subjects that `subject` may
  /// give. Empty: an operator made one.
  std::string stream{};
  /// How long a stream made here finds duplicates. Should be longer than a
  /// relay rests at most and a restart takes.
  std::chrono::milliseconds duplicate_window{120'000};
  /// How long an acknowledgement may take; then the broker counts as away.
  std::chrono::milliseconds ack_timeout{5'000};
  std::chrono::milliseconds connect_timeout{2'000};
  /// Messages that wait for their acknowledgement.
  std::size_t in_flight_max = 256;
};

/// Publishes to a stream of NATS JetStream. The event's id is the message's, so
/// that the broker removes what is sent twice within the stream's window; the
/// message is the CloudEvent in structured JSON. Events of one aggregate are
/// sent one after the other, each when the one before it is stored.
///
/// Connects when it first publishes and again whenever the connection is lost;
/// as long as there is none, or no stream takes the subject, that is an outage.
/// A message that the broker refuses is a failed attempt of its event.
class nats_publisher : public publisher {
public:
  /// Fails with `errc::invalid` if an option can't be.
  [[nodiscard]] static result<std::unique_ptr<publisher>>
  make(nats_options options);

  ~nats_publisher() override;

  std::vector<result<void>>
  publish(std::span<const outgoing_event> events) override;

private:
  class link;
  explicit nats_publisher(std::unique_ptr<link> content);

  std::unique_ptr<link> link_;
};

} // namespace es::actors

#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/relay_messages.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace es::actors {

/// Publishes to an actor of the program, one `publish_event` after the other
/// within an aggregate, and those of many aggregates at the same time: at most
/// `in_flight_max`. An event without a reply in time is a failed attempt; an
/// actor that is gone is an outage.
class actor_publisher : public caf::event_based_actor {
public:
  actor_publisher(caf::actor_config& config, publisher_handle to,
                  std::size_t in_flight_max,
                  std::chrono::milliseconds patience);

  const char* name() const override {
    return "es.actor_publisher";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  /// A batch that is being published; the relay sends one at a time.
  struct batch {
    std::shared_ptr<const std::vector<outgoing_event>> events;
    std::vector<result<void>> outcomes;
    caf::typed_response_promise<events_published> answer;
    /// The first event of each aggregate that has not been sent.
    std::size_t next = 0;
    std::size_t in_flight = 0;
  };

  void send_more(const std::shared_ptr<batch>& current);
  void send(const std::shared_ptr<batch>& current, std::size_t place);
  void on_outcome(const std::shared_ptr<batch>& current, std::size_t place,
                  result<void> outcome);
  static bool same_aggregate(const batch& current, std::size_t place) noexcept;

  publisher_handle to_;
  std::size_t in_flight_max_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<batch> current_;
};

} // namespace es::actors

#include "eventsource/actors/actor_publisher.hpp"

#include <utility>

namespace es::actors {

actor_publisher::actor_publisher(caf::actor_config& config, publisher_handle to,
                                 std::size_t in_flight_max,
                                 std::chrono::milliseconds patience)
  : caf::event_based_actor(config), to_(std::move(to)),
    in_flight_max_(in_flight_max), patience_(patience) {
  // nop
}

caf::behavior actor_publisher::make_behavior() {
  return {
    [this](publish_events& message) -> caf::result<events_published> {
      if (current_)
        return to_caf({errc::overloaded, "a batch is being published"});
      auto answer = make_response_promise<events_published>();
      current_ = std::make_shared<batch>();
      current_->events = std::move(message.events);
      current_->outcomes.assign(current_->events->size(),
                                tl::unexpected(left_out()));
      current_->answer = answer;
      send_more(current_);
      return answer;
    },
  };
}

void actor_publisher::on_exit() {
  if (auto left = std::exchange(current_, nullptr))
    left->answer.deliver(
      to_caf({errc::unavailable, "the publisher was stopped"}));
  to_ = nullptr;
}

/// Starts aggregates as long as there is room; each goes on by itself.
void actor_publisher::send_more(const std::shared_ptr<batch>& current) {
  const auto& events = *current->events;
  while (current->next < events.size() && current->in_flight < in_flight_max_) {
    const auto first = current->next++;
    while (current->next < events.size()
           && same_aggregate(*current, current->next))
      ++current->next;
    send(current, first);
  }
  if (current->in_flight > 0 || current_ != current)
    return;
  current_ = nullptr;
  current->answer.deliver(events_published{std::move(current->outcomes)});
}

void actor_publisher::send(const std::shared_ptr<batch>& current,
                           std::size_t place) {
  const auto& out = (*current->events)[place];
  ++current->in_flight;
  compat::ask(this, to_, patience_,
              publish_event{out.event.id, out.event.type,
                            out.event.aggregate_type, out.event.aggregate_id,
                            out.event.version, out.cloud_event})
    .then([this, current,
           place](event_published) { on_outcome(current, place, {}); },
          [this, current, place](const caf::error& e) {
            on_outcome(current, place, tl::unexpected(from_caf(system(), e)));
          });
}

void actor_publisher::on_outcome(const std::shared_ptr<batch>& current,
                                 std::size_t place, result<void> outcome) {
  --current->in_flight;
  const bool fine = outcome.has_value();
  current->outcomes[place] = std::move(outcome);
  const auto next = place + 1;
  if (fine && next < current->events->size() && same_aggregate(*current, next))
    send(current, next);
  else
    send_more(current);
}

bool actor_publisher::same_aggregate(const batch& current,
                                     std::size_t place) noexcept {
  return (*current.events)[place].event.aggregate_id
         == (*current.events)[place - 1].event.aggregate_id;
}

} // namespace es::actors

#include "eventsource/actors/publishing_actor.hpp"

#include "eventsource/domain/exception_text.hpp"

#include <utility>

namespace es::actors {

publishing_actor::publishing_actor(caf::actor_config& config,
                                   std::unique_ptr<publisher> to)
  : caf::event_based_actor(config), to_(std::move(to)) {
  // nop
}

caf::behavior publishing_actor::make_behavior() {
  return {
    [this](const publish_events& batch) -> caf::result<events_published> {
      try {
        return events_published{to_->publish(*batch.events)};
      } catch (...) {
        // Nobody knows which event it was about.
        return to_caf({errc::unavailable, "the publisher threw an exception: "
                                            + exception_text()});
      }
    },
  };
}

} // namespace es::actors

#include "eventsource/actors/callback_subscriber.hpp"

#include "eventsource/domain/exception_text.hpp"

#include <utility>

namespace es::actors {

callback_subscriber::callback_subscriber(caf::actor_config& config,
                                         callback handle)
  : caf::event_based_actor(config), handle_(std::move(handle)) {
  // nop
}

caf::behavior callback_subscriber::make_behavior() {
  return {
    [this](const events_delivered& delivered) {
      const auto from = caf::actor_cast<caf::actor>(current_sender());
      std::string reason;
      try {
        if (auto fine = handle_(*delivered.events); !fine)
          reason = to_string(fine.error());
      } catch (...) {
        reason = "the callback threw: " + exception_text();
      }
      if (!from)
        return;
      if (reason.empty())
        compat::tell(this, from, events_handled{delivered.ticket});
      else
        compat::tell(this, from, events_refused{delivered.ticket, reason});
    },
  };
}

void callback_subscriber::on_exit() {
  handle_ = nullptr;
}

} // namespace es::actors

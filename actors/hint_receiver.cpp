#include "eventsource/actors/hint_receiver.hpp"

#include "eventsource/actors/log.hpp"

#include <utility>

namespace es::actors {

namespace {

/// How soon it notices that it is to end.
constexpr std::chrono::milliseconds listen_at_once{250};

} // namespace

hint_receiver::hint_receiver(caf::actor_config& config,
                             std::shared_ptr<store::event_store> store,
                             caf::actor hub,
                             std::chrono::milliseconds retry_delay)
  : caf::event_based_actor(config), store_(std::move(store)),
    hub_(std::move(hub)), retry_delay_(retry_delay) {
  // nop
}

caf::behavior hint_receiver::make_behavior() {
  compat::tell(this, caf::actor_cast<caf::actor>(this), await_hint{});
  return {
    [this](await_hint) { wait(); },
  };
}

void hint_receiver::on_exit() {
  // Its connection is closed before the store is.
  listener_ = nullptr;
  store_ = nullptr;
  hub_ = nullptr;
}

void hint_receiver::wait() {
  if (!listener_) {
    auto made = store_->log().listen();
    if (!made) {
      compat::tell_self_after(this, retry_delay_, await_hint{});
      return;
    }
    if (!*made) {
      quit();
      return;
    }
    listener_ = std::move(*made);
    // What came while nobody listened.
    compat::tell(this, hub_, events_hinted{});
  }
  auto came = listener_->wait(listen_at_once);
  if (!came) {
    log().info("no hints for a while: {}", came.error().message);
    listener_ = nullptr;
    compat::tell_self_after(this, retry_delay_, await_hint{});
    return;
  }
  if (*came)
    compat::tell(this, hub_, events_hinted{});
  compat::tell(this, caf::actor_cast<caf::actor>(this), await_hint{});
}

} // namespace es::actors

#include "eventsource/actors/retention_actor.hpp"

#include "eventsource/actors/log.hpp"

#include <algorithm>

namespace es::actors {

namespace {

using std::chrono::milliseconds;

/// Some milliseconds of the database's time.
constexpr std::size_t batch_ids_max = 1'000;

constexpr milliseconds interval_min{1'000};
constexpr milliseconds interval_max{60'000};

} // namespace

retention_actor::retention_actor(caf::actor_config& config,
                                 std::chrono::milliseconds kept_for,
                                 caf::actor worker)
  : caf::event_based_actor(config), kept_for_(kept_for),
    interval_(std::clamp(kept_for / 100, interval_min, interval_max)),
    worker_(std::move(worker)) {
  // nop
}

caf::behavior retention_actor::make_behavior() {
  timer_.start(this, interval_);
  return {
    [this](retention_tick tick) {
      if (timer_.fired(tick))
        forget_some();
    },
  };
}

void retention_actor::forget_some() {
  compat::ask(this, worker_, caf::infinite,
              forget_commands{kept_for_, batch_ids_max})
    .then(
      [this](const commands_forgotten& done) {
        if (done.count == batch_ids_max)
          forget_some();
        else
          timer_.start(this, interval_);
      },
      [this](const caf::error& e) {
        log().warn("old command ids could not be forgotten: {}",
                   to_string(from_caf(system(), e)));
        timer_.start(this, interval_);
      });
}

} // namespace es::actors

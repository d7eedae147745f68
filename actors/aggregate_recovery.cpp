// How an aggregate_actor comes to know what the store holds.
#include "eventsource/actors/aggregate_actor.hpp"
#include "eventsource/actors/log.hpp"

namespace es::actors {

// -- recovery -----------------------------------------------------------------

void aggregate_actor::start_recovery(bool use_snapshot) {
  phase_ = phase::recovering;
  snapshot_version_ = 0;
  // Not from `state_` on: a server that took over may have lost its end.
  continue_recovery({type_.initial(), 0}, use_snapshot);
}

void aggregate_actor::continue_recovery(const versioned_state& from,
                                        bool use_snapshot) {
  store::recovery_request request{id_, from.version, type_.state_version(),
                                  use_snapshot};
  compat::ask(this, env_->recovery, caf::infinite, recover{std::move(request)})
    .then(
      [this, from, use_snapshot](recovered& answer) {
        on_page(std::move(answer.page), from, use_snapshot);
      },
      [this](const caf::error& e) { recovery_failed(from_caf(system(), e)); });
}

void aggregate_actor::on_page(store::recovery_page page, versioned_state from,
                              bool use_snapshot) {
  if (page.snapshot) {
    auto state = type_.decode_state(page.snapshot->data);
    if (!state) {
      // A snapshot only saves time: one that does not decode costs a replay.
      log().warn("the snapshot of {} at version {} is ignored: {}", id_,
                 page.snapshot->version, state.error().message);
      start_recovery(false);
      return;
    }
    from = {std::move(*state), page.snapshot->version};
    snapshot_version_ = page.snapshot->version;
  }
  auto now = type_.replay(std::move(from), page.events);
  if (!now)
    recovery_failed(now.error());
  else if (page.more)
    continue_recovery(*now, use_snapshot);
  else
    recovered_to(std::move(*now));
}

void aggregate_actor::recovered_to(versioned_state now) {
  state_ = std::move(now);
  stored_in_ = 0;
  head_ = state_;
  head_snapshot_version_ = snapshot_version_;
  phase_ = phase::ready;
  answer_queries();
  work();
}

void aggregate_actor::recovery_failed(const error& why) {
  // The next command tries again; those that waited get the reason now.
  log().warn("{} can't be recovered: {}", id_, to_string(why));
  phase_ = phase::cold;
  state_ = {};
  stored_in_ = 0;
  head_ = {};
  auto failed = std::move(queue_);
  queue_.clear();
  for (auto& item : failed)
    refuse(item, why);
  auto unanswered = std::move(queries_);
  queries_.clear();
  for (auto& query : unanswered)
    query.promise.deliver(to_caf(why));
  work();
}

void aggregate_actor::answer_queries() {
  auto asked = std::move(queries_);
  queries_ = {};
  for (auto& query : asked) {
    if (state_.version == 0)
      query.promise.deliver(
        to_caf({errc::not_found, "there is no " + type_.name() + " " + id_}));
    else
      query.promise.deliver(
        current_state{id_, state_.version, type_, state_.state});
  }
}

} // namespace es::actors

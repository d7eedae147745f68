#include "eventsource/actors/processes/ordered_work.hpp"

#include "eventsource/actors/log.hpp"
#include "eventsource/actors/retry_pause.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

ordered_work::ordered_work(caf::actor_config& config, options how)
  : caf::event_based_actor(config), how_(std::move(how)) {
  // nop
}

caf::behavior ordered_work::make_behavior() {
  return {
    [this](events_delivered& message) { on_delivered(message); },
    [this](const process_tick& tick) { on_tick(tick); },
  };
}

void ordered_work::on_exit() {
  lanes_.clear();
  later_.clear();
}

// -- deliveries ---------------------------------------------------------------

void ordered_work::on_delivered(events_delivered& message) {
  auto& here = lanes_[message.part.index];
  // What was on its way when an earlier one was refused: it comes again.
  if (message.round <= here.refused_round && here.refused_round > 0)
    return;
  if (message.round > here.round) {
    here.round = message.round;
    here.waiting.clear();
  }
  here.waiting.push_back(
    {std::move(message), caf::actor_cast<caf::actor>(current_sender())});
  work(here);
}

void ordered_work::work(lane& here) {
  while (!here.busy && !here.waiting.empty())
    begin_next(here);
}

void ordered_work::begin_next(lane& here) {
  here.busy = true;
  here.failure.clear();
  here.current = std::move(here.waiting.front());
  here.waiting.pop_front();
  std::vector<std::shared_ptr<chain>> chains;
  std::map<std::string, std::shared_ptr<chain>, std::less<>> by_key;
  const auto& what = here.current.what;
  for (const auto& event : *what.events)
    for (auto& each : steps_of(event, what.part)) {
      auto& place = by_key[each.key];
      if (!place)
        chains.push_back(place = std::make_shared<chain>());
      place->steps.push_back(std::move(each));
    }
  // One more than there are, so that it does not end before all have begun.
  here.open_chains = chains.size() + 1;
  for (const auto& each : chains)
    run_chain(here, each);
  close_chain(here);
}

void ordered_work::run_chain(lane& here, const std::shared_ptr<chain>& what) {
  auto is_done = [this, &here, what](result<void> outcome) {
    if (what->in_call) {
      what->outcome = std::move(outcome);
      return;
    }
    if (settle(here, what, outcome))
      run_chain(here, what);
    work(here);
  };
  for (;;) {
    what->in_call = true;
    what->steps.front().run(what->given_up, is_done);
    what->in_call = false;
    auto outcome = std::exchange(what->outcome, std::nullopt);
    if (!outcome || !settle(here, what, *outcome))
      return;
  }
}

bool ordered_work::settle(lane& here, const std::shared_ptr<chain>& what,
                          const result<void>& outcome) {
  if (!outcome)
    return settle_failure(here, what, outcome.error());
  what->steps.pop_front();
  what->failures = 0;
  what->faults = 0;
  what->given_up.clear();
  if (!what->steps.empty())
    return true;
  close_chain(here);
  return false;
}

bool ordered_work::settle_failure(lane& here,
                                  const std::shared_ptr<chain>& what,
                                  const error& why) {
  ++what->failures;
  const bool is_events_fault = !is_passing(why.code);
  if (is_events_fault && (!how_.skips || !what->given_up.empty())) {
    log().warn("{}: {}", how_.name, to_string(why));
    here.failure = to_string(why);
    close_chain(here);
    return false;
  }
  if (is_events_fault && ++what->faults > how_.how.retries_max) {
    log().error("{} goes on without an event: {}", how_.name, to_string(why));
    what->given_up = to_string(why);
    return true;
  }
  const auto pause = retry_pause(how_.how, what->failures);
  // An outage is told of once by each chain, not as long as it lasts.
  if (is_events_fault || what->failures == 1)
    log().warn("{} tries again in {} ms: {}", how_.name, pause.count(),
               to_string(why));
  run_later(pause, [this, &here, what] {
    run_chain(here, what);
    work(here);
  });
  return false;
}

void ordered_work::close_chain(lane& here) {
  if (--here.open_chains > 0)
    return;
  here.busy = false;
  const auto done = std::exchange(here.current, {});
  if (here.failure.empty()) {
    if (done.from)
      compat::tell(this, done.from, events_handled{done.what.ticket});
  } else {
    here.refused_round = done.what.round;
    std::erase_if(here.waiting, [&](const delivery& each) {
      return each.what.round <= here.refused_round;
    });
    if (done.from)
      compat::tell(this, done.from,
                   events_refused{done.what.ticket, here.failure});
  }
}

// -- pauses -------------------------------------------------------------------

void ordered_work::run_later(std::chrono::milliseconds pause,
                             std::function<void()> what) {
  later_.emplace(clock().now() + pause, std::move(what));
  arm();
}

void ordered_work::on_tick(const process_tick& tick) {
  if (!timer_.fired(tick))
    return;
  const auto end = later_.upper_bound(clock().now());
  std::vector<std::function<void()>> due;
  for (auto i = later_.begin(); i != end; ++i)
    due.push_back(std::move(i->second));
  later_.erase(later_.begin(), end);
  for (auto& each : due)
    each();
  arm();
}

void ordered_work::arm() {
  if (later_.empty())
    return;
  const auto due = later_.begin()->first;
  if (timer_.armed() && armed_for_ <= due)
    return;
  armed_for_ = due;
  timer_.start(this, std::max(due - clock().now(), time_point::duration{1}));
}

} // namespace es::actors

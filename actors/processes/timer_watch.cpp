#include "eventsource/actors/processes/timer_watch.hpp"

#include "eventsource/actors/ask_store.hpp"
#include "eventsource/actors/log.hpp"
#include "eventsource/actors/processes/ordered_work.hpp"
#include "eventsource/actors/retry_pause.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

/// Before all timers, and a moment that every server can hold.
const store::process_timer first_place{"", timestamp{}};

} // namespace

timer_watch::timer_watch(caf::actor_config& config, options how,
                         const process_type& type, caf::actor router,
                         caf::actor worker)
  : caf::event_based_actor(config), how_(std::move(how)), type_(type),
    router_(std::move(router)), worker_(std::move(worker)) {
  // nop
}

caf::behavior timer_watch::make_behavior() {
  look();
  return {
    [this](const process_tick& tick) {
      if (timer_.fired(tick))
        look();
    },
    [this](stop) { return on_stop(); },
  };
}

void timer_watch::on_exit() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
  router_ = nullptr;
  worker_ = nullptr;
}

// -- looking ------------------------------------------------------------------

void timer_watch::look() {
  looking_ = true;
  const auto now = clock().now();
  if (place_.process_id.empty()) {
    scan_began_ = now;
    has_fired_ = false;
  }
  const bool is_due = !lease_ || !renewed_at_
                      || now - *renewed_at_ >= how_.how.lease_duration / 3;
  if (is_due)
    renewed_at_ = now;
  auto question = [name = type_.name() + " timers", owner = how_.owner,
                   held = lease_, is_due, duration = how_.how.lease_duration,
                   place = place_, limit = how_.how.page_events_max,
                   type =
                     type_.name()](store::event_store& store) -> result<page> {
    page found{held, {}};
    if (is_due) {
      auto lease = held ? store.leases().renew_lease(*held, duration)
                        : store.leases().acquire_lease(name, owner, duration);
      if (!lease)
        return tl::unexpected(lease.error());
      found.lease = std::move(*lease);
    }
    if (!found.lease)
      return found;
    auto timers = store.find_timers(type, place, limit);
    if (!timers)
      return tl::unexpected(timers.error());
    found.timers = std::move(*timers);
    return found;
  };
  ask_store(this, worker_, std::move(question),
            [this](result<page> found) { on_page(std::move(found)); });
}

void timer_watch::on_page(result<page> found) {
  if (!found) {
    log().warn("timers of process {}: {}", type_.name(),
               to_string(found.error()));
    place_ = first_place;
    looking_ = false;
    renewed_at_.reset();
    rest(retry_pause(how_.how, ++failures_));
    return;
  }
  failures_ = 0;
  lease_ = std::move(found->lease);
  if (!lease_) {
    place_ = first_place;
    looking_ = false;
    rest(how_.how.lease_duration / 3);
    return;
  }
  const auto now = how_.now();
  page_is_last_ = found->timers.size() < how_.how.page_events_max;
  next_due_.reset();
  if (!page_is_last_)
    place_ = found->timers.back();
  open_ = 1;
  for (const auto& each : found->timers) {
    if (each.due_at > now) {
      next_due_ = each.due_at;
      page_is_last_ = true;
    }
    if (each.due_at > now || ending_)
      break;
    const auto failed = failing_.find(each.process_id);
    if (failed == failing_.end() || failed->second.until <= clock().now())
      fire(each.process_id);
  }
  end_look();
}

void timer_watch::fire(const std::string& id) {
  ++open_;
  process_input input;
  input.what = process_input::kind::timers;
  const auto failed = failing_.find(id);
  if (how_.skips && failed != failing_.end()
      && failed->second.faults > how_.how.retries_max)
    input.given_up = failed->second.last;
  compat::ask(this, router_, caf::infinite,
              submit_command{id, any_command::of(std::move(input)), {}})
    .then([this, id](receipt& fired) { on_fired(id, std::move(fired)); },
          [this, id](const caf::error& e) {
            on_fired(id, tl::unexpected(from_caf(system(), e)));
          });
}

void timer_watch::on_fired(const std::string& id,
                           const result<receipt>& outcome) {
  if (outcome) {
    failing_.erase(id);
    // Without events it was not due for the instance: no reason to hurry.
    has_fired_ = has_fired_ || !outcome->event_ids.empty();
  } else if (failing_.contains(id)
             || failing_.size() < how_.how.in_flight_events_max) {
    auto& failed = failing_[id];
    // What is away or busy is nobody's fault.
    if (!is_passing(outcome.error().code))
      ++failed.faults;
    failed.until =
      clock().now() + retry_pause(how_.how, std::max(failed.faults, 1));
    failed.last = to_string(outcome.error());
    log().warn("a timer of {} waits: {}", id, failed.last);
  }
  end_look();
}

void timer_watch::end_look() {
  if (--open_ > 0)
    return;
  looking_ = false;
  if (ending_)
    end();
  else if (page_is_last_)
    end_scan();
  else
    look();
}

void timer_watch::end_scan() {
  place_ = first_place;
  // Who was not asked though its pause was over has no timer that is due.
  std::erase_if(failing_, [this](const auto& each) {
    return each.second.until <= scan_began_;
  });
  std::chrono::microseconds pause = std::min<std::chrono::microseconds>(
    how_.how.poll_interval, how_.how.lease_duration / 3);
  if (next_due_)
    pause = std::min(
      pause, std::max(*next_due_ - how_.now(), std::chrono::microseconds(1)));
  if (has_fired_)
    look();
  else
    rest(pause);
}

void timer_watch::rest(std::chrono::microseconds pause) {
  if (ending_)
    end();
  else
    timer_.start(this, pause);
}

// -- the end ------------------------------------------------------------------

caf::result<stopped> timer_watch::on_stop() {
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  if (!std::exchange(ending_, true) && !looking_)
    end();
  return answer;
}

void timer_watch::end() {
  timer_.cancel();
  if (!lease_) {
    quit();
    return;
  }
  auto lease = *std::exchange(lease_, std::nullopt);
  ask_store(
    this, worker_,
    [lease = std::move(lease)](store::event_store& store) {
      return store.leases().release_lease(lease);
    },
    [this](const result<void>&) {
      // If it was not released it expires.
      quit();
    });
}

} // namespace es::actors

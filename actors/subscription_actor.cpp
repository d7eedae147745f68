#include "eventsource/actors/subscription_actor.hpp"

#include "eventsource/actors/ask_store.hpp"
#include "eventsource/actors/log.hpp"
#include "eventsource/actors/retry_pause.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

using store::event_store;
using store::subscription_state;

subscription_actor::subscription_actor(caf::actor_config& config,
                                       settings::subscription_settings how,
                                       plan what, caf::actor hub,
                                       caf::actor worker, caf::actor subscriber)
  : caf::event_based_actor(config), how_(how), plan_(std::move(what)),
    hub_(std::move(hub)), worker_(std::move(worker)),
    subscriber_(std::move(subscriber)) {
  // nop
}

caf::behavior subscription_actor::make_behavior() {
  watch_.watch(subscriber_, [this](const caf::error&) {
    log().info("subscription {} ends with its subscriber", plan_.name);
    ending_ = true;
    in_flight_.clear();
    step();
  });
  compat::tell(this, hub_, join_hub{});
  step();
  return {
    [this](wake message) {
      // Whoever is paused or stopped looks whether it still is.
      if (!message.has_events && is_durable()
          && state_ != subscription_state::running)
        opened_ = false;
      has_more_ = true;
      step();
    },
    [this](const events_handled& answer) { on_handled(answer); },
    [this](const events_refused& answer) { on_refused(answer); },
    [this](get_figures) { return figures(); },
    [this](stop) { return on_stop(); },
  };
}

void subscription_actor::on_exit() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
  in_flight_.clear();
  hub_ = nullptr;
  worker_ = nullptr;
  subscriber_ = nullptr;
}

// -- handlers -----------------------------------------------------------------

void subscription_actor::on_handled(const events_handled& answer) {
  while (!in_flight_.empty() && in_flight_.front().ticket <= answer.ticket) {
    const auto& done = in_flight_.front();
    handled_to_ = done.read_to;
    in_flight_events_ -= done.events;
    unsaved_events_ += static_cast<std::int64_t>(done.events);
    events_ += done.events;
    in_flight_.pop_front();
    refusals_ = 0;
    error_.clear();
  }
  step();
}

void subscription_actor::on_refused(const events_refused& answer) {
  const bool is_known = std::any_of(
    in_flight_.begin(), in_flight_.end(),
    [&](const delivery& each) { return each.ticket == answer.ticket; });
  if (!is_known)
    return;
  // What was delivered before it may still be answered, and comes again if not.
  in_flight_.clear();
  in_flight_events_ = 0;
  ++round_;
  read_to_ = handled_to_;
  has_more_ = true;
  if (++refusals_ > how_.retries_max) {
    stop_for_good("the subscriber refused events " + std::to_string(refusals_)
                  + " times: " + answer.reason);
    return;
  }
  error_ = answer.reason;
  not_before_ = now() + retry_pause(how_, refusals_);
  step();
}

caf::result<stopped> subscription_actor::on_stop() {
  if (!std::exchange(ending_, true))
    answers_until_ = now() + plan_.stop_patience;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  step();
  return answer;
}

subscription_figures subscription_actor::figures() const {
  using activity = subscription_figures::activity;
  subscription_figures result{.name = plan_.name, .part = plan_.part};
  result.what = state_ == subscription_state::stopped  ? activity::stopped
                : state_ == subscription_state::paused ? activity::paused
                : opened_                              ? activity::running
                                                       : activity::waiting;
  result.at = handled_to_;
  result.events = events_;
  result.in_flight = in_flight_events_;
  result.error = error_;
  return result;
}

// -- steps --------------------------------------------------------------------

subscription_actor::time_point subscription_actor::now() const {
  return const_cast<subscription_actor*>(this)->clock().now();
}

bool subscription_actor::may_read() const noexcept {
  return state_ == subscription_state::running && has_more_
         && in_flight_events_ < how_.in_flight_events_max;
}

bool subscription_actor::has_to_save() const {
  if (!is_durable() || handled_to_ == saved_to_
      || state_ != subscription_state::running)
    return false;
  return !may_read()
         || unsaved_events_ >= static_cast<std::int64_t>(how_.page_events_max);
}

void subscription_actor::step() {
  if (asking_)
    return;
  if (ending_) {
    end();
    return;
  }
  if (hopeless_ || now() < not_before_)
    return;
  if (is_durable() && !lease_)
    acquire();
  else if (!opened_)
    open();
  else if (lease_ && now() - renewed_at_ >= how_.lease_duration / 3)
    renew();
  else if (has_to_save())
    save();
  else if (may_read())
    read();
}

template <class Question, class Done>
void subscription_actor::ask(Question question, Done done) {
  asking_ = true;
  ask_store(this, worker_, std::move(question),
            [this, done = std::move(done)](auto outcome) mutable {
              asking_ = false;
              if (outcome)
                failures_ = 0;
              done(std::move(outcome));
              step();
            });
}

void subscription_actor::acquire() {
  const auto asked_at = now();
  ask(
    [name = key().lease_name(), owner = plan_.owner,
     duration = how_.lease_duration](event_store& store) {
      return store.leases().acquire_lease(name, owner, duration);
    },
    [this, asked_at](result<std::optional<store::held_lease>> taken) {
      if (!taken)
        return pause(taken.error());
      lease_ = std::move(*taken);
      renewed_at_ = asked_at;
      if (!lease_)
        not_before_ = now() + how_.lease_duration / 3;
    });
}

void subscription_actor::open() {
  ask(
    [key = key(), start = plan_.start,
     durable = is_durable()](event_store& store) -> result<store::checkpoint> {
      auto place = start.place;
      if (start.what == subscription_start::kind::end) {
        auto end = store.log().end();
        if (!end)
          return tl::unexpected(end.error());
        place = *end;
      }
      if (durable)
        return store.subscriptions().open(key, place);
      return store::checkpoint{.at = place};
    },
    [this](result<store::checkpoint> found) {
      if (found)
        begin_at(*found);
      else if (found.error().code == errc::conflict
               || found.error().code == errc::invalid)
        stop_for_good(found.error().message);
      else
        pause(found.error());
    });
}

void subscription_actor::begin_at(const store::checkpoint& found) {
  opened_ = true;
  ++round_;
  state_ = found.state;
  read_to_ = handled_to_ = saved_to_ = found.at;
  unsaved_events_ = 0;
  has_more_ = true;
  error_ = found.error;
}

void subscription_actor::renew() {
  const auto asked_at = now();
  ask(
    [lease = *lease_, duration = how_.lease_duration](event_store& store) {
      return store.leases().renew_lease(lease, duration);
    },
    [this, asked_at](result<std::optional<store::held_lease>> renewed) {
      if (!renewed)
        return pause(renewed.error());
      if (!*renewed)
        return lose({errc::conflict, "another process took over"});
      renewed_at_ = asked_at;
    });
}

void subscription_actor::save() {
  const auto to = handled_to_;
  const auto events = unsaved_events_;
  ask(
    [key = key(), lease = *lease_, from = saved_to_, to,
     events](event_store& store) {
      return store.subscriptions().save(key, lease, from, to, events);
    },
    [this, to, events](const result<void>& saved) {
      if (saved) {
        saved_to_ = to;
        unsaved_events_ -= events;
        compat::tell(this, hub_, checkpoint_moved{});
      } else if (saved.error().code == errc::conflict
                 || saved.error().code == errc::in_doubt) {
        lose(saved.error());
      } else {
        pause(saved.error());
      }
    });
}

void subscription_actor::read() {
  has_more_ = false;
  store::log_request request{
    .after = read_to_,
    .filter = plan_.filter,
    .part = plan_.part,
    .limit = std::min(how_.page_events_max,
                      how_.in_flight_events_max - in_flight_events_)};
  ask([request = std::move(request)](
        event_store& store) { return store.log().read(request); },
      [this, from = read_to_](result<store::log_page> page) {
        // Refused events may have set the reader back meanwhile.
        if (page && from == read_to_)
          deliver(std::move(*page));
        else if (page)
          has_more_ = true;
        else if (page.error().code == errc::invalid)
          stop_for_good(page.error().message);
        else {
          has_more_ = true;
          pause(page.error());
        }
      });
}

void subscription_actor::deliver(store::log_page page) {
  read_to_ = page.read_to;
  has_more_ = has_more_ || page.more;
  if (page.events.empty()) {
    // Where no event was passed the checkpoint may stay.
    if (!page.passed_any)
      return;
    if (in_flight_.empty())
      handled_to_ = read_to_;
    else
      in_flight_.back().read_to = read_to_;
    return;
  }
  if (ending_)
    return;
  in_flight_.push_back({++last_ticket_, page.events.size(), read_to_});
  in_flight_events_ += page.events.size();
  compat::tell(
    this, subscriber_,
    events_delivered{plan_.name, plan_.part, last_ticket_, round_,
                     std::make_shared<const std::vector<store::logged_event>>(
                       std::move(page.events))});
}

// -- failures and the end -----------------------------------------------------

void subscription_actor::pause(const error& why) {
  error_ = why.message;
  not_before_ = now() + retry_pause(how_, ++failures_);
  log().warn("subscription {} tries again: {}", plan_.name, why.message);
}

void subscription_actor::lose(const error& why) {
  log().info("subscription {} begins again: {}", plan_.name, why.message);
  lease_.reset();
  opened_ = false;
  in_flight_.clear();
  in_flight_events_ = 0;
}

void subscription_actor::stop_for_good(const std::string& why) {
  log().error("subscription {} stopped: {}", plan_.name, why);
  state_ = subscription_state::stopped;
  error_ = why;
  hopeless_ = !is_durable() || !opened_;
  if (hopeless_)
    return;
  ask(
    [name = plan_.name, why](event_store& store) {
      return store.subscriptions().set_state(name, subscription_state::stopped,
                                             why);
    },
    [](const result<void>&) {
      // Whoever starts it anew meets the same event.
    });
}

void subscription_actor::end() {
  // What is answered in time need not come again.
  if (lease_ && !in_flight_.empty() && now() < answers_until_)
    return;
  if (lease_ && opened_ && state_ == subscription_state::running
      && handled_to_ != saved_to_ && failures_ == 0) {
    failures_ = 1; // once
    save();
    return;
  }
  if (lease_) {
    ask([lease = *lease_](
          event_store& store) { return store.leases().release_lease(lease); },
        [](const result<void>&) {
          // If it was not released it expires.
        });
    lease_.reset();
    return;
  }
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
  quit();
}

} // namespace es::actors

#include "eventsource/actors/projection_actor.hpp"

#include "eventsource/actors/ask_store.hpp"
#include "eventsource/actors/log.hpp"
#include "eventsource/actors/retry_pause.hpp"

#include <utility>

namespace es::actors {

using store::event_store;
using store::projector;
using store::subscription_state;

projection_actor::projection_actor(caf::actor_config& config,
                                   settings::subscription_settings how,
                                   plan what, caf::actor hub, caf::actor worker)
  : caf::event_based_actor(config), how_(how), plan_(std::move(what)),
    hub_(std::move(hub)), worker_(std::move(worker)) {
  // nop
}

caf::behavior projection_actor::make_behavior() {
  compat::tell(this, hub_, join_hub{});
  step();
  return {
    [this](wake message) {
      // Whoever is paused or stopped looks whether it still is.
      if (!message.has_events && state_ != subscription_state::running
          && !asking_)
        projector_ = nullptr;
      has_more_ = true;
      step();
    },
    [this](get_figures) { return figures(); },
    [this](stop) { return on_stop(); },
  };
}

void projection_actor::on_exit() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
  hub_ = nullptr;
  worker_ = nullptr;
}

// -- handlers -----------------------------------------------------------------

caf::result<stopped> projection_actor::on_stop() {
  ending_ = true;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  step();
  return answer;
}

subscription_figures projection_actor::figures() const {
  using activity = subscription_figures::activity;
  subscription_figures result;
  result.name = plan_.what->name();
  result.part = plan_.part;
  result.what = state_ == subscription_state::stopped  ? activity::stopped
                : state_ == subscription_state::paused ? activity::paused
                : projector_                           ? activity::running
                                                       : activity::waiting;
  result.at = at_;
  result.events = events_;
  result.error = error_;
  return result;
}

// -- steps --------------------------------------------------------------------

projection_actor::time_point projection_actor::now() const {
  return const_cast<projection_actor*>(this)->clock().now();
}

void projection_actor::step() {
  if (asking_)
    return;
  if (ending_) {
    end();
    return;
  }
  if (hopeless_ || now() < not_before_)
    return;
  if (!lease_)
    acquire();
  else if (!projector_)
    open();
  else if (now() - renewed_at_ >= how_.lease_duration / 3)
    renew();
  else if (state_ == subscription_state::running && has_more_)
    project();
}

template <class Question, class Done>
void projection_actor::ask(Question question, Done done) {
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

void projection_actor::acquire() {
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

void projection_actor::open() {
  struct opened {
    store::checkpoint found;
    std::shared_ptr<projector> made;
  };
  ask(
    [key = key(), what = plan_.what](event_store& store) -> result<opened> {
      auto found = store.subscriptions().open(key, {});
      if (!found)
        return tl::unexpected(found.error());
      auto made = std::make_shared<projector>(
        store, what, projector::target{.key = key}, found->at);
      return opened{std::move(*found), std::move(made)};
    },
    [this](result<opened> outcome) {
      if (outcome) {
        projector_ = std::move(outcome->made);
        state_ = outcome->found.state;
        at_ = outcome->found.at;
        error_ = outcome->found.error;
        has_more_ = true;
        attempts_ = 0;
        skips_next_ = false;
      } else if (outcome.error().code == errc::conflict
                 || outcome.error().code == errc::invalid) {
        stop_for_good(outcome.error().message);
      } else {
        pause(outcome.error());
      }
    });
}

void projection_actor::renew() {
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

void projection_actor::project() {
  has_more_ = false;
  const auto first = std::exchange(skips_next_, false)
                       ? projector::first_event::skip
                       : projector::first_event::handle;
  ask([one = projector_, lease = *lease_, page = how_.page_events_max, first,
       attempts = attempts_](
        event_store&) { return one->step(lease, page, first, attempts); },
      [this](result<projector::outcome> done) {
        if (done) {
          on_projected(*done);
          return;
        }
        has_more_ = true;
        if (done.error().code == errc::conflict
            || done.error().code == errc::in_doubt)
          lose(done.error());
        else
          pause(done.error());
      });
}

void projection_actor::on_projected(const projector::outcome& done) {
  at_ = projector_->place();
  events_ += done.events;
  has_more_ = has_more_ || done.more || done.culprit;
  if (done.moved)
    compat::tell(this, hub_, checkpoint_moved{});
  // Whatever was done, the event that failed is another one.
  if (done.events > 0)
    attempts_ = 0;
  if (done.culprit)
    on_culprit(done);
  else if (done.moved)
    error_.clear();
}

void projection_actor::on_culprit(const projector::outcome& done) {
  ++attempts_;
  error_ = done.why.message;
  if (attempts_ <= how_.retries_max) {
    not_before_ = now() + retry_pause(how_, attempts_);
    log().warn("projection {} tries an event again: {}", plan_.what->name(),
               error_);
  } else if (plan_.policy == failing_events::skip) {
    skips_next_ = true;
    log().error("projection {} goes on without an event: {}",
                plan_.what->name(), error_);
  } else {
    stop_for_good(error_);
  }
}

// -- failures and the end -----------------------------------------------------

void projection_actor::pause(const error& why) {
  error_ = why.message;
  not_before_ = now() + retry_pause(how_, ++failures_);
  log().warn("projection {} tries again: {}", plan_.what->name(), why.message);
}

void projection_actor::lose(const error& why) {
  log().info("projection {} begins again: {}", plan_.what->name(), why.message);
  lease_.reset();
  projector_ = nullptr;
}

void projection_actor::stop_for_good(const std::string& why) {
  log().error("projection {} stopped: {}", plan_.what->name(), why);
  state_ = subscription_state::stopped;
  error_ = why;
  hopeless_ = !projector_;
  if (hopeless_)
    return;
  ask(
    [name = plan_.what->name(), why](event_store& store) {
      return store.subscriptions().set_state(name, subscription_state::stopped,
                                             why);
    },
    [](const result<void>&) {
      // Whoever starts it anew meets the same event.
    });
}

void projection_actor::end() {
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

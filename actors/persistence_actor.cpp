#include "eventsource/actors/persistence_actor.hpp"

#include "eventsource/actors/subscription_messages.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

caf::actor_id id_of(const caf::strong_actor_ptr& actor) {
  return actor ? actor->id() : 0;
}

} // namespace

persistence_actor::persistence_actor(caf::actor_config& config,
                                     settings::persistence_settings how,
                                     std::shared_ptr<idle_workers> workers)
  : chained_actor(config), how_(how), workers_(std::move(workers)) {
  // nop
}

caf::behavior persistence_actor::make_behavior() {
  return {
    [this](append& message) { on_append(message); },
    [this](linger_tick tick) {
      if (linger_.fired(tick)) {
        lingered_ = true;
        write_if_due();
      }
    },
    [this](watch_commits& watch) {
      hub_ = std::move(watch.hub);
      bell_ = std::move(watch.bell);
    },
    [this](watch_outbox& message) {
      relays_.push_back(std::move(message.relay));
    },
    [this](stop) { return on_stop(); },
  };
}

void persistence_actor::on_exit() {
  error gone{errc::unavailable,
             "the persistence actor was stopped before this append was "
             "written; nothing of it is stored"};
  error unknown{errc::in_doubt, "the persistence actor was stopped during a "
                                "commit; its outcome is in the store"};
  std::vector<answer> answers;
  for (auto& from : in_flight_)
    answers.push_back(
      {std::move(from), store::append_outcome::refused(unknown)});
  for (auto& item : open_)
    answers.push_back(
      {std::move(item.from), store::append_outcome::refused(gone)});
  in_flight_.clear();
  open_.clear();
  tell(std::move(answers));
  answer_stop();
  worker_ = nullptr;
  workers_ = nullptr;
  hub_ = nullptr;
  relays_.clear();
}

// -- handlers -----------------------------------------------------------------

void persistence_actor::on_append(append& message) {
  asker from{current_sender(), message.ticket, std::move(message.chain),
             !message.request.events.empty()};
  auto bytes = message.request.byte_size();
  if (auto why = refusal(bytes)) {
    tell({{std::move(from), store::append_outcome::refused(std::move(*why))}});
    return;
  }
  open_.emplace_back(std::move(message.request), bytes, std::move(from));
  open_bytes_ += bytes;
  write_if_due();
}

std::optional<error> persistence_actor::refusal(std::size_t bytes) const {
  if (stopping_)
    return error{errc::unavailable, "the runtime is stopping"};
  if (bytes > how_.queue_bytes_max)
    return error{errc::invalid,
                 "the append has " + std::to_string(bytes)
                   + " bytes, which the writer's queue can never hold; decide "
                     "on less at once, or raise persistence.queue_bytes_max, "
                     "which is "
                   + std::to_string(how_.queue_bytes_max)};
  auto count = open_.size() + in_flight_.size();
  auto held = open_bytes_ + in_flight_bytes_;
  if (count < how_.queue_appends_max && held + bytes <= how_.queue_bytes_max)
    return std::nullopt;
  return error{errc::overloaded,
               "the writer has " + std::to_string(count) + " appends ("
                 + std::to_string(held)
                 + " bytes) waiting; try again later or raise "
                   "persistence.queue_appends_max"};
}

caf::result<stopped> persistence_actor::on_stop() {
  stopping_ = true;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  write_if_due();
  stop_if_done();
  return answer;
}

// -- batches ------------------------------------------------------------------

void persistence_actor::write_if_due() {
  if (!in_flight_.empty() || open_.empty())
    return;
  auto full = open_.size() >= how_.batch_appends_max
              || open_bytes_ >= how_.batch_bytes_max;
  if (full || lingered_ || stopping_ || how_.linger.count() == 0)
    write();
  else if (!linger_.armed())
    linger_.start(this, how_.linger);
}

void persistence_actor::write() {
  linger_.cancel();
  lingered_ = false;
  write_batch batch;
  auto count_max = std::min(open_.size(), how_.batch_appends_max);
  batch.appends.reserve(count_max);
  in_flight_.reserve(count_max);
  std::vector<answer> broken;
  while (!open_.empty() && in_flight_.size() < how_.batch_appends_max) {
    auto& item = open_.front();
    if (item.from.chain
        && item.from.chain->is_broken_before(item.from.ticket)) {
      broken.push_back(
        {std::move(item.from),
         store::append_outcome::refused(
           {errc::conflict, "an earlier command of " + item.request.aggregate_id
                              + " was not stored"})});
    } else {
      // One append alone may be larger than a batch.
      if (!in_flight_.empty()
          && in_flight_bytes_ + item.bytes > how_.batch_bytes_max)
        break;
      in_flight_bytes_ += item.bytes;
      const auto& events = item.request.events;
      fills_outbox_ =
        fills_outbox_
        || std::any_of(events.begin(), events.end(),
                       [](const auto& event) { return event.publish; });
      batch.appends.push_back(std::move(item.request));
      in_flight_.push_back(std::move(item.from));
    }
    open_bytes_ -= item.bytes;
    open_.pop_front();
  }
  tell(std::move(broken));
  if (in_flight_.empty())
    return;
  worker_ =
    batch.appends.size() > 1 ? workers_->take(worker_) : workers_->take();
  compat::ask(this, worker_, caf::infinite, std::move(batch))
    .then(
      [this](batch_written& written) {
        workers_->give_back(worker_);
        on_written(std::move(written.outcomes));
      },
      [this](const caf::error& e) {
        // The worker is gone or threw: nobody knows what was stored.
        workers_->give_back_last_of_all(std::exchange(worker_, nullptr));
        auto why = from_caf(system(), e);
        why.code = errc::in_doubt;
        on_written({in_flight_.size(), store::append_outcome::refused(why)});
      });
}

void persistence_actor::on_written(
  std::vector<store::append_outcome> outcomes) {
  tell_hub(outcomes);
  wake_relays(outcomes);
  std::vector<answer> answers;
  answers.reserve(in_flight_.size());
  for (std::size_t i = 0; i < in_flight_.size(); ++i) {
    if (i < outcomes.size())
      answers.push_back({std::move(in_flight_[i]), std::move(outcomes[i])});
    else
      answers.push_back(
        {std::move(in_flight_[i]),
         store::append_outcome::refused(
           {errc::in_doubt, "the store gave no outcome for this append"})});
  }
  in_flight_.clear();
  in_flight_bytes_ = 0;
  tell(std::move(answers));
  write_if_due();
  stop_if_done();
}

void persistence_actor::tell_hub(
  const std::vector<store::append_outcome>& outcomes) {
  const bool any = std::any_of(
    outcomes.begin(), outcomes.end(), [](const store::append_outcome& x) {
      return x.what == store::append_outcome::kind::committed
             && !x.receipt.event_ids.empty();
    });
  if (any && hub_ && bell_->ring())
    compat::tell(this, hub_, events_committed{});
}

void persistence_actor::tell(std::vector<answer> answers) {
  for (const auto& x : answers)
    if (x.to.chain && !x.is_as_decided())
      x.to.chain->break_at(x.to.ticket);
  // By id, not by address: the order of messages must not depend on memory
  // (promise 13).
  std::vector<answer*> order;
  order.reserve(answers.size());
  for (auto& x : answers)
    order.push_back(&x);
  std::stable_sort(order.begin(), order.end(),
                   [](const answer* a, const answer* b) {
                     return id_of(a->to.actor) < id_of(b->to.actor);
                   });
  for (auto next = order.begin(); next != order.end();) {
    auto to = (*next)->to.actor;
    appends_done message;
    for (; next != order.end() && (*next)->to.actor == to; ++next)
      message.settled.push_back(
        {(*next)->to.ticket, std::move((*next)->outcome)});
    if (to)
      compat::tell(this, caf::actor_cast<caf::actor>(to), std::move(message));
  }
}

void persistence_actor::wake_relays(
  const std::vector<store::append_outcome>& outcomes) {
  using kind = store::append_outcome::kind;
  if (std::exchange(fills_outbox_, false)
      && std::any_of(outcomes.begin(), outcomes.end(),
                     [](const auto& x) { return x.what == kind::committed; }))
    for (const auto& relay : relays_)
      compat::tell(this, relay, outbox_filled{});
}

void persistence_actor::stop_if_done() {
  if (!stopping_ || !in_flight_.empty() || !open_.empty())
    return;
  answer_stop();
  quit();
}

// A promise keeps its own actor alive: none may stay behind.
void persistence_actor::answer_stop() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
}

} // namespace es::actors

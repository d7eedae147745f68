#include "eventsource/actors/persistence_actor.hpp"

#include "eventsource/actors/deadline.hpp"
#include "eventsource/actors/subscription_messages.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

using outcome_kind = store::append_outcome::kind;
using owner_state = append_chain::owner_state;

/// Whatever the store says: the state that is shown from now on need not have
/// it (promise 4).
store::append_outcome orphaned() {
  return store::append_outcome::refused(
    {errc::in_doubt, "the aggregate's actor was stopped while it waited for "
                     "its store; send the command again with the same id"});
}

} // namespace

persistence_actor::persistence_actor(caf::actor_config& config,
                                     settings::persistence_settings how,
                                     std::shared_ptr<idle_workers> workers)
  : chained_actor(config), how_(how), workers_(std::move(workers)),
    queue_(std::make_shared<append_queue>(how)) {
  // nop
}

caf::behavior persistence_actor::make_behavior() {
  return {
    [this](append& message) { return on_append(message); },
    [this](linger_tick tick) {
      if (linger_.fired(tick)) {
        lingered_ = true;
        write_if_due();
      }
    },
    [this](append_deadline_tick tick) {
      if (deadline_timer_.fired(tick))
        check_deadlines();
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
  settle(in_flight_,
         {in_flight_.size(), store::append_outcome::refused(unknown)});
  in_flight_.clear();
  for (auto& askers : waiting_)
    settle(askers, {askers.size(), store::append_outcome::refused(gone)});
  waiting_.clear();
  queue_ = nullptr;
  answer_stop();
  worker_ = nullptr;
  workers_ = nullptr;
  hub_ = nullptr;
  relays_.clear();
}

// -- handlers -----------------------------------------------------------------

caf::result<receipt> persistence_actor::on_append(append& message) {
  asker from{make_response_promise<receipt>(),
             message.ticket,
             std::move(message.chain),
             std::move(message.counted),
             message.deadline,
             !message.request.events.empty()};
  auto bytes = message.request.byte_size();
  if (auto why = refusal(bytes)) {
    settle({&from, 1}, {store::append_outcome::refused(std::move(*why))});
    return caf::delegated<receipt>{};
  }
  if (from.counted)
    watch(from.deadline);
  join(std::move(message.request), bytes, std::move(from));
  write_if_due();
  return caf::delegated<receipt>{};
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
  auto count = waiting_count_ + in_flight_.size();
  auto held = waiting_bytes_ + in_flight_bytes_;
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

void persistence_actor::join(store::append_request&& request, std::size_t bytes,
                             asker from) {
  if (queue_->push(std::move(request), bytes))
    // Mostly about as many as last time.
    waiting_.emplace_back().reserve(in_flight_.size());
  waiting_.back().push_back(std::move(from));
  ++waiting_count_;
  waiting_bytes_ += bytes;
}

void persistence_actor::write_if_due() {
  if (!in_flight_.empty() || waiting_.empty())
    return;
  if (lingered_ || stopping_ || how_.linger.count() == 0
      || queue_->is_next_closed())
    write();
  else if (!linger_.armed())
    linger_.start(this, how_.linger);
}

persistence_actor::joined_appends persistence_actor::take_next() {
  joined_appends next{queue_->pop(), std::move(waiting_.front())};
  waiting_.pop_front();
  waiting_count_ -= next.askers.size();
  waiting_bytes_ -= next.batch->bytes;
  const auto is_broken = [](const asker& from) {
    return from.chain && from.chain->is_broken_before(from.ticket);
  };
  if (std::none_of(next.askers.begin(), next.askers.end(), is_broken))
    return next;
  joined_appends sound{std::make_shared<append_batch>(), {}};
  std::vector<asker> broken;
  std::vector<store::append_outcome> refusals;
  // What was prepared refers to what is taken apart here.
  next.batch->prepared = nullptr;
  for (std::size_t i = 0; i < next.askers.size(); ++i) {
    auto& request = next.batch->requests[i];
    auto& from = next.askers[i];
    if (is_broken(from)) {
      broken.push_back(std::move(from));
      refusals.push_back(store::append_outcome::refused(
        {errc::conflict,
         "an earlier command of " + request.aggregate_id + " was not stored"}));
      continue;
    }
    sound.batch->bytes += request.byte_size();
    sound.batch->requests.push_back(std::move(request));
    sound.askers.push_back(std::move(from));
  }
  settle(broken, std::move(refusals));
  return sound;
}

void persistence_actor::write() {
  linger_.cancel();
  lingered_ = false;
  joined_appends next;
  while (next.askers.empty() && !waiting_.empty())
    next = take_next();
  if (next.askers.empty())
    return;
  const auto& requests = next.batch->requests;
  in_flight_ = std::move(next.askers);
  in_flight_bytes_ = next.batch->bytes;
  fills_outbox_ =
    std::any_of(requests.begin(), requests.end(), [](const auto& x) {
      return std::any_of(x.events.begin(), x.events.end(),
                         [](const auto& event) { return event.publish; });
    });
  worker_ = requests.size() > 1 ? workers_->take(worker_) : workers_->take();
  compat::ask(this, worker_, caf::infinite,
              write_batch{std::move(next.batch), queue_})
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
  outcomes.resize(
    in_flight_.size(),
    store::append_outcome::refused(
      {errc::in_doubt, "the store gave no outcome for this append"}));
  auto askers = std::exchange(in_flight_, {});
  in_flight_bytes_ = 0;
  // The next batch is on its way before the answers are.
  auto asking = note(askers, outcomes);
  write_if_due();
  answer(askers, std::move(outcomes), asking);
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

// -- answers ------------------------------------------------------------------

void persistence_actor::settle(std::span<asker> askers,
                               std::vector<store::append_outcome> outcomes) {
  const auto asking = note(askers, outcomes);
  answer(askers, std::move(outcomes), asking);
}

persistence_actor::chains
persistence_actor::note(std::span<asker> askers,
                        std::span<store::append_outcome> outcomes) {
  chains asking;
  for (std::size_t i = 0; i < askers.size(); ++i) {
    auto& from = askers[i];
    if (!from.chain)
      continue;
    if (!from.is_as_decided(outcomes[i]))
      from.chain->break_at(from.ticket);
    if (outcomes[i].what != outcome_kind::committed)
      from.chain->tell_each();
    if (from.chain->is_told_each()) {
      tell_aggregate(from, outcomes[i]);
      continue;
    }
    switch (from.chain->note_commit(from.ticket, outcomes[i].session)) {
      case owner_state::asking:
        if (asking.empty() || asking.back() != from.chain)
          asking.push_back(from.chain);
        break;
      case owner_state::gone:
        outcomes[i] = orphaned();
        break;
      case owner_state::content:
        break;
    }
  }
  return asking;
}

void persistence_actor::answer(std::span<asker> askers,
                               std::vector<store::append_outcome> outcomes,
                               const chains& asking) {
  for (std::size_t i = 0; i < askers.size(); ++i)
    answer(askers[i], std::move(outcomes[i]));
  for (const auto& chain : asking)
    if (auto aggregate = caf::actor_cast<caf::actor>(chain->owner()))
      compat::tell(this, aggregate, append_settled{});
}

void persistence_actor::tell_aggregate(asker& from,
                                       store::append_outcome& outcome) {
  const auto& owner = from.chain->owner();
  if (!owner)
    return;
  const bool is_conflict = outcome.what == outcome_kind::refused
                           && outcome.error.code == errc::conflict;
  auto aggregate = caf::actor_cast<caf::actor>(owner);
  if (!aggregate || from.chain->is_abandoned()) {
    // After a conflict it may still have been executed before, which nobody
    // looks up any more.
    if (outcome.ok() || is_conflict)
      outcome = orphaned();
    return;
  }
  append_settled message{from.ticket, outcome, {}};
  if (!is_conflict || !from.counted) {
    compat::tell_anonymously(aggregate, std::move(message));
    return;
  }
  message.counted = std::exchange(from.counted, {});
  from.question.delegate(aggregate, std::move(message));
}

void persistence_actor::answer(asker& from, store::append_outcome&& outcome) {
  from.counted = {};
  if (!from.question.pending())
    return;
  if (outcome.ok())
    from.question.deliver(std::move(outcome.receipt));
  else
    from.question.deliver(to_caf(outcome.error));
}

void persistence_actor::watch(time_point deadline) {
  if (deadline_timer_.armed() && watched_ <= deadline)
    return;
  watched_ = deadline;
  deadline_timer_.start(this, wait_until(deadline, clock().now()));
}

void persistence_actor::check_deadlines() {
  const auto now = clock().now();
  std::optional<time_point> next;
  const auto check = [&](std::vector<asker>& askers) {
    for (auto& from : askers) {
      if (!from.counted)
        continue;
      if (from.deadline <= now)
        answer(from, store::append_outcome::refused(
                       {errc::in_doubt,
                        "the store did not answer within the command's "
                        "timeout; send the command again with the same id"}));
      else if (!next || from.deadline < *next)
        next = from.deadline;
    }
  };
  check(in_flight_);
  for (auto& askers : waiting_)
    check(askers);
  if (next)
    watch(*next);
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
  if (!stopping_ || !in_flight_.empty() || !waiting_.empty())
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

#include "eventsource/actors/aggregate_actor.hpp"

#include "eventsource/actors/compose_append.hpp"
#include "eventsource/actors/deadline.hpp"

#include <algorithm>

namespace es::actors {

namespace {

using outcome_kind = store::append_outcome::kind;

/// The whole of a command's text that ends up in the database.
result<void> check_options(const command_options& options) {
  if (!options.command_id)
    return {};
  if (options.command_id->empty() || options.command_id->size() > 200)
    return fail(errc::invalid, "a command id has 1 to 200 bytes, this one has "
                                 + std::to_string(options.command_id->size()));
  return check_text(*options.command_id, "the command id");
}

error too_late_for(const std::string& id) {
  return {errc::timeout, "the command waited for its turn at " + id
                           + " longer than its timeout; it was not executed"};
}

} // namespace

aggregate_actor::aggregate_actor(caf::actor_config& config,
                                 std::shared_ptr<const environment> env,
                                 const aggregate_type& type, std::string id,
                                 caf::actor_addr router)
  : chained_actor(config), env_(std::move(env)), type_(type),
    id_(std::move(id)), router_(std::move(router)),
    in_flight_max_(type.is_speculative() ? env_->how.aggregates.in_flight_max
                                         : 1) {
  // nop
}

caf::behavior aggregate_actor::make_behavior() {
  return {
    [this](submit_command& message) { return on_submit(message); },
    [this](append_settled& message) { return on_settled(message); },
    [this](query_state& message) { return on_query(message); },
    [this](check_deadlines) { on_check_deadlines(); },
    [this](passivate) {
      stopping_ = true;
      work();
    },
  };
}

void aggregate_actor::on_exit() {
  // Promises are answered on every path, also when someone kills this actor.
  error gone{errc::unavailable,
             "the actor of " + id_ + " was stopped before it answered"};
  // The writer has the questions of what is with it.
  for (auto* waiting : {&flights_, &again_, &queue_}) {
    for (auto& item : *waiting)
      refuse(item, gone);
    waiting->clear();
  }
  for (auto& query : queries_)
    query.promise.deliver(to_caf(gone));
  queries_.clear();
  if (chain_)
    chain_->abandon();
  chain_ = nullptr;
  env_ = nullptr;
  if (auto router = caf::actor_cast<caf::actor>(router_))
    compat::tell(this, router, aggregate_gone{id_});
}

// -- handlers -----------------------------------------------------------------

caf::result<receipt> aggregate_actor::on_submit(submit_command& message) {
  if (queue_.size() >= env_->how.aggregates.queue_commands_max)
    return to_caf(
      {errc::overloaded, id_ + " has " + std::to_string(queue_.size())
                           + " waiting commands already; try again later"});
  if (auto ok = check_options(message.options); !ok)
    return to_caf(ok.error());
  auto deadline =
    deadline_after(message.counted.taken(), env_->timeout_of(message));
  auto& item = queue_.emplace_back();
  item.command = std::move(message.command);
  item.options = std::move(message.options);
  item.promise = make_response_promise<receipt>();
  item.deadline = deadline;
  item.counted = std::move(message.counted);
  work();
  if (!queue_.empty() || !flights_.empty())
    watch(deadline);
  return caf::delegated<receipt>{};
}

caf::result<current_state> aggregate_actor::on_query(query_state& message) {
  if (queries_.size() >= env_->how.aggregates.queue_commands_max)
    return to_caf({errc::overloaded,
                   id_ + " has too many waiting queries; try again later"});
  auto deadline =
    deadline_after(message.counted.taken(), env_->timeout_of(message));
  auto promise = make_response_promise<current_state>();
  queries_.push_back({promise, deadline, std::move(message.counted)});
  land();
  // Whatever is in flight, `state_` is the committed state.
  if (phase_ == phase::ready && !recover_after_drain_)
    answer_queries();
  else
    work();
  if (!queries_.empty())
    watch(deadline);
  return promise;
}

caf::result<receipt> aggregate_actor::on_settled(append_settled& message) {
  if (message.ticket == 0) {
    work();
    return caf::delegated<receipt>{};
  }
  take_noted();
  const auto i =
    std::ranges::find(flights_, message.ticket,
                      [](const pending_command& x) { return x.in_air.ticket; });
  if (i == flights_.end())
    return to_caf({errc::internal, id_
                                     + " has no append that this outcome "
                                       "could belong to"});
  if (message.counted) {
    i->promise = make_response_promise<receipt>();
    i->counted = std::move(message.counted);
    watch(i->deadline);
  }
  auto& outcome = message.outcome;
  if (outcome.what == outcome_kind::committed) {
    // It was answered: whatever waits before it, the state has to show it.
    take(i->in_air, outcome.session);
    flights_.erase(i);
  } else {
    // Executed before: its events, if not ours, are not in `state_` yet.
    drain(outcome.what == outcome_kind::duplicate
          && outcome.receipt.version > state_.version);
    i->in_air.outcome =
      std::make_unique<store::append_outcome>(std::move(outcome));
  }
  work();
  return caf::delegated<receipt>{};
}

// -- deciding -----------------------------------------------------------------

void aggregate_actor::work() {
  do {
    land();
    decide_due();
  } while (waits_for_commit()
           && !chain_->ask_for(flights_.front().in_air.ticket));
  if (is_next_due() && should_look_up(queue_.front()))
    look_up();
  if (phase_ == phase::cold && flights_.empty()
      && (!queue_.empty() || !queries_.empty()))
    start_recovery(true);
  if (stopping_ && phase_ != phase::recovering && flights_.empty()
      && queue_.empty() && queries_.empty())
    quit();
}

void aggregate_actor::decide_due() {
  for (;;) {
    if (draining_ && flights_.empty())
      finish_draining();
    if (!may_decide())
      return;
    if (clock().now() < queue_.front().deadline) {
      decide();
      continue;
    }
    refuse(queue_.front(), too_late_for(id_));
    queue_.pop_front();
  }
}

bool aggregate_actor::is_next_due() const {
  return phase_ == phase::ready && !draining_ && !queue_.empty();
}

bool aggregate_actor::may_decide() const {
  return is_next_due() && flights_.size() < in_flight_max_
         && !should_look_up(queue_.front());
}

void aggregate_actor::decide() {
  auto& item = queue_.front();
  if (auto foregone = std::move(item.foregone)) {
    hold(foregone->ok() ? flight::kind::repeat : flight::kind::rejection,
         std::move(*foregone));
    return;
  }
  const auto expected = item.options.expected_version.value_or(head_.version);
  if (expected == head_.version) {
    decide_at_head(item);
    return;
  }
  // Another writer may have moved on: look before refusing for ever.
  if (expected > head_.version && item.conflicts == 0) {
    ++item.conflicts;
    drain(true);
    return;
  }
  auto message = id_ + " is at version " + std::to_string(head_.version)
                 + ", the command expects " + std::to_string(expected)
                 + "; load the state and decide again";
  reject({errc::conflict, std::move(message)});
}

void aggregate_actor::decide_at_head(const pending_command& item) {
  auto now = env_->now();
  auto about = event_metadata(item.options.metadata, item.options.command_id);
  auto made =
    type_.decide(head_.state, item.command, {id_, head_.version, now, about});
  if (!made) {
    reject(std::move(made.error()));
    return;
  }
  if (made->events.empty() && !item.options.command_id) {
    store::append_outcome nothing{
      outcome_kind::committed, {id_, head_.version, {}}, {}};
    hold(flight::kind::nothing, std::move(nothing));
    return;
  }
  append message;
  auto composed =
    compose_append(*env_, {type_, id_, head_.version, item.options, now, about},
                   head_snapshot_version_, *made, message.request);
  if (composed)
    send_append(std::move(message), std::move(made->next));
  else
    reject(std::move(composed.error()));
}

void aggregate_actor::send_append(append&& message, any_state next) {
  auto& request = message.request;
  if (flights_.empty())
    request.expected_in = stored_in_;
  if (next)
    head_.state = std::move(next);
  head_.version = request.last_version();
  if (request.snapshot)
    head_snapshot_version_ = head_.version;
  if (!chain_)
    chain_ = std::make_shared<append_chain>(address());
  auto& sent = take_off(flight::kind::append);
  sent.next = head_;
  sent.snapshot_version = head_snapshot_version_;
  sent.stores_events = !request.events.empty();
  message.ticket = sent.ticket;
  message.chain = chain_;
  auto& item = flights_.back();
  message.deadline = item.deadline;
  message.counted = std::exchange(item.counted, {});
  if (message.counted)
    item.promise.delegate(env_->writer_of(id_), std::move(message));
  else
    compat::tell_anonymously(env_->writer_of(id_), std::move(message));
}

void aggregate_actor::reject(error why) {
  auto& item = queue_.front();
  if (flights_.empty() && !item.options.command_id) {
    refuse(item, why);
    queue_.pop_front();
    return;
  }
  hold(flight::kind::rejection, store::append_outcome::refused(std::move(why)));
}

void aggregate_actor::hold(flight::kind what, store::append_outcome outcome) {
  take_off(what).outcome =
    std::make_unique<store::append_outcome>(std::move(outcome));
  ++held_;
  land();
}

aggregate_actor::flight& aggregate_actor::take_off(flight::kind what) {
  flights_.splice(flights_.end(), queue_, queue_.begin());
  auto& begun = flights_.back().in_air;
  begun.what = what;
  begun.ticket = ++last_ticket_;
  return begun;
}

// -- acknowledging ------------------------------------------------------------

void aggregate_actor::take_noted() {
  if (flights_.empty() || !chain_)
    return;
  const auto last = chain_->committed();
  for (auto i = flights_.begin();
       i != flights_.end() && i->in_air.ticket <= last;) {
    // What is held in between changes no state, and may wait for longer.
    const auto next = std::next(i);
    if (i->in_air.what == flight::kind::append) {
      take(i->in_air, chain_->session());
      flights_.erase(i);
    }
    i = next;
  }
}

void aggregate_actor::take(flight& committed, store::session_number session) {
  state_ = std::move(committed.next);
  stored_in_ = session;
  snapshot_version_ = committed.snapshot_version;
}

bool aggregate_actor::waits_for_commit() const {
  return !flights_.empty() && !flights_.front().in_air.outcome
         && (held_ > 0 || stopping_ || !queue_.empty() || !again_.empty()
             || !queries_.empty());
}

void aggregate_actor::land() {
  take_noted();
  while (!flights_.empty() && flights_.front().in_air.outcome) {
    if (may_be_repeat(flights_.front())) {
      look_up();
      return;
    }
    command_list done;
    done.splice(done.begin(), flights_, flights_.begin());
    acknowledge(std::move(done));
  }
}

void aggregate_actor::acknowledge(command_list done) {
  auto& item = done.front();
  auto& landed = item.in_air;
  if (landed.what == flight::kind::append) {
    acknowledge_append(std::move(done));
    return;
  }
  --held_;
  if (landed.what == flight::kind::repeat)
    acknowledge_repeat(item);
  else if (diverged_)
    decide_again(std::move(done));
  else if (landed.what == flight::kind::rejection)
    refuse(item, landed.outcome->error);
  else
    answer(item, std::move(landed.outcome->receipt));
}

void aggregate_actor::acknowledge_append(command_list done) {
  auto& item = done.front();
  auto& outcome = *item.in_air.outcome;
  if (outcome.what == outcome_kind::duplicate) {
    if (item.in_air.stores_events)
      diverged_ = true;
    expects_repeats_ = true;
  } else if (diverged_ && outcome.error.code == errc::conflict) {
    decide_again(std::move(done));
  } else {
    diverged_ = true;
    auto why = std::move(outcome.error);
    acknowledge_refused(std::move(done), std::move(why));
  }
}

void aggregate_actor::acknowledge_refused(command_list done, error why) {
  auto& item = done.front();
  switch (why.code) {
    case errc::overloaded:
    case errc::invalid:
    case errc::statement_failed:
      break; // certainly not stored: `state_` is still right
    case errc::conflict:
      recover_after_drain_ = true;
      // With an expected version it is decided again only to see whether that
      // version is there: the append may have been refused because of one that
      // an earlier incarnation had left in the same batch.
      if (item.options.expected_version
            ? item.conflicts == 0
            : item.conflicts < env_->how.commands.conflict_retries_max) {
        ++item.conflicts;
        decide_again(std::move(done));
        return;
      }
      if (item.options.command_id) {
        item.foregone = std::make_unique<store::append_outcome>(
          store::append_outcome::refused(std::move(why)));
        decide_again(std::move(done));
        return;
      }
      break;
    default:
      recover_after_drain_ = true;
  }
  refuse(item, why);
}

void aggregate_actor::decide_again(command_list done) {
  done.front().in_air = {};
  again_.splice(again_.end(), done);
}

void aggregate_actor::drain(bool recover_then) {
  draining_ = true;
  recover_after_drain_ = recover_after_drain_ || recover_then;
}

void aggregate_actor::finish_draining() {
  draining_ = false;
  diverged_ = false;
  chain_ = nullptr;
  head_ = state_;
  head_snapshot_version_ = snapshot_version_;
  queue_.splice(queue_.begin(), again_);
  if (std::exchange(recover_after_drain_, false))
    phase_ = phase::cold;
}

void aggregate_actor::answer(pending_command& item, receipt with) {
  if (!std::exchange(item.counted, {}))
    return;
  item.promise.deliver(std::move(with));
}

void aggregate_actor::refuse(pending_command& item, const error& why) {
  if (!std::exchange(item.counted, {}))
    return;
  item.promise.deliver(to_caf(why));
}

// -- deadlines ----------------------------------------------------------------

void aggregate_actor::watch(time_point deadline) {
  if (watched_ && *watched_ <= deadline)
    return;
  watched_ = deadline;
  if (auto router = caf::actor_cast<caf::actor>(router_))
    compat::tell(this, router, watch_deadline{id_, deadline});
}

void aggregate_actor::on_check_deadlines() {
  watched_.reset();
  const auto now = clock().now();
  std::optional<time_point> next;
  auto passed = [&](time_point deadline) {
    if (deadline > now && (!next || deadline < *next))
      next = deadline;
    return deadline <= now;
  };
  const auto late = too_late_for(id_);
  for (auto* waiting : {&queue_, &again_})
    waiting->remove_if([&](pending_command& item) {
      if (!passed(item.deadline))
        return false;
      refuse(item, late);
      return true;
    });
  // The writer looks after those that are with it.
  for (auto& item : flights_)
    if (item.counted && passed(item.deadline))
      refuse(item, late);
  std::erase_if(queries_, [&](pending_query& query) {
    if (!passed(query.deadline))
      return false;
    query.promise.deliver(
      to_caf({errc::timeout, "the state of " + id_
                               + " could not be recovered within "
                                 "commands.timeout"}));
    return true;
  });
  if (next)
    watch(*next);
  work();
}

} // namespace es::actors

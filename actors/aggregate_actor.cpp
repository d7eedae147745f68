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

} // namespace

aggregate_actor::aggregate_actor(caf::actor_config& config,
                                 std::shared_ptr<const environment> env,
                                 const aggregate_type& type, std::string id,
                                 caf::actor_addr router)
  : caf::event_based_actor(config), env_(std::move(env)), type_(type),
    id_(std::move(id)), router_(std::move(router)),
    in_flight_max_(type.is_speculative() ? env_->how.aggregates.in_flight_max
                                         : 1) {
  // nop
}

caf::behavior aggregate_actor::make_behavior() {
  return {
    [this](submit_command& message) { return on_submit(message); },
    [this](appends_done& message) { on_settled(message); },
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
  error unknown{errc::in_doubt,
                "the actor of " + id_
                  + " was stopped while it waited for its store; send the "
                    "command again with the same id"};
  for (auto& item : flights_) {
    if (item.what != flight::kind::append)
      refuse(item.item, gone);
    else if (item.outcome && item.outcome->ok())
      answer(item.item, std::move(item.outcome->receipt));
    else
      refuse(item.item, unknown);
  }
  flights_.clear();
  for (auto* waiting : {&again_, &queue_}) {
    for (auto& item : *waiting)
      refuse(item, gone);
    waiting->clear();
  }
  for (auto& query : queries_)
    query.promise.deliver(to_caf(gone));
  queries_.clear();
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
  auto promise = make_response_promise<receipt>();
  queue_.push_back({std::move(message.command), std::move(message.options),
                    promise, deadline, 0, std::move(message.counted)});
  work();
  if (!queue_.empty() || !flights_.empty())
    watch(deadline);
  return promise;
}

caf::result<current_state> aggregate_actor::on_query(query_state& message) {
  if (queries_.size() >= env_->how.aggregates.queue_commands_max)
    return to_caf({errc::overloaded,
                   id_ + " has too many waiting queries; try again later"});
  auto deadline =
    deadline_after(message.counted.taken(), env_->timeout_of(message));
  auto promise = make_response_promise<current_state>();
  queries_.push_back({promise, deadline, std::move(message.counted)});
  // Whatever is in flight, `state_` is the committed state.
  if (phase_ == phase::ready && !recover_after_drain_)
    answer_queries();
  else
    work();
  if (!queries_.empty())
    watch(deadline);
  return promise;
}

void aggregate_actor::on_settled(appends_done& message) {
  auto i = flights_.begin();
  for (auto& settled : message.settled) {
    auto is_it = [&](const flight& x) { return x.ticket == settled.ticket; };
    // Outcomes come in the order of the appends, but for early refusals.
    i = std::find_if(i, flights_.end(), is_it);
    if (i == flights_.end())
      i = std::find_if(flights_.begin(), flights_.end(), is_it);
    if (i == flights_.end())
      continue;
    if (settled.outcome.what != outcome_kind::committed)
      drain(false);
    i->outcome = std::move(settled.outcome);
  }
  land();
  work();
}

// -- deciding -----------------------------------------------------------------

void aggregate_actor::work() {
  for (;;) {
    if (draining_ && flights_.empty())
      finish_draining();
    if (!may_decide())
      break;
    auto item = std::move(queue_.front());
    queue_.pop_front();
    if (clock().now() < item.deadline)
      decide(std::move(item));
    else
      refuse(item, {errc::timeout, "the command waited for its turn at " + id_
                                     + " longer than its timeout; it was not "
                                       "executed"});
  }
  if (is_next_due() && should_look_up(queue_.front()))
    look_up();
  if (phase_ == phase::cold && flights_.empty()
      && (!queue_.empty() || !queries_.empty()))
    start_recovery(true);
  if (stopping_ && phase_ != phase::recovering && flights_.empty()
      && queue_.empty() && queries_.empty())
    quit();
}

bool aggregate_actor::is_next_due() const {
  return phase_ == phase::ready && !draining_ && !queue_.empty();
}

bool aggregate_actor::may_decide() const {
  return is_next_due() && flights_.size() < in_flight_max_
         && !should_look_up(queue_.front());
}

void aggregate_actor::decide(pending_command item) {
  if (auto foregone = std::exchange(item.foregone, std::nullopt)) {
    hold(foregone->ok() ? flight::kind::repeat : flight::kind::rejection,
         std::move(item), std::move(*foregone));
    return;
  }
  const auto expected = item.options.expected_version.value_or(head_.version);
  if (expected == head_.version) {
    decide_at_head(std::move(item));
    return;
  }
  // Another writer may have moved on: look before refusing for ever.
  if (expected > head_.version && item.conflicts == 0) {
    ++item.conflicts;
    queue_.push_front(std::move(item));
    drain(true);
    return;
  }
  auto message = id_ + " is at version " + std::to_string(head_.version)
                 + ", the command expects " + std::to_string(expected)
                 + "; load the state and decide again";
  hold(flight::kind::rejection, std::move(item),
       store::append_outcome::refused({errc::conflict, std::move(message)}));
}

void aggregate_actor::decide_at_head(pending_command item) {
  auto now = env_->now();
  auto about = event_metadata(item.options.metadata, item.options.command_id);
  auto made =
    type_.decide(head_.state, item.command, {id_, head_.version, now, about});
  if (!made) {
    hold(flight::kind::rejection, std::move(item),
         store::append_outcome::refused(std::move(made.error())));
    return;
  }
  if (made->events.empty() && !item.options.command_id) {
    store::append_outcome nothing{
      outcome_kind::committed, {id_, head_.version, {}}, {}};
    hold(flight::kind::nothing, std::move(item), std::move(nothing));
    return;
  }
  auto request =
    compose_append(*env_, {type_, id_, head_.version, item.options, now, about},
                   head_snapshot_version_, *made);
  if (request)
    send_append(std::move(item), std::move(*request), std::move(made->next));
  else
    hold(flight::kind::rejection, std::move(item),
         store::append_outcome::refused(std::move(request.error())));
}

void aggregate_actor::send_append(pending_command item,
                                  store::append_request request,
                                  any_state next) {
  if (next)
    head_.state = std::move(next);
  head_.version = request.last_version();
  if (request.snapshot)
    head_snapshot_version_ = head_.version;
  if (!chain_)
    chain_ = std::make_shared<append_chain>();
  auto& sent = flights_.emplace_back();
  sent.item = std::move(item);
  sent.ticket = ++last_ticket_;
  sent.next = head_;
  sent.snapshot_version = head_snapshot_version_;
  sent.stores_events = !request.events.empty();
  compat::tell(this, env_->writer_of(id_),
               append{std::move(request), sent.ticket, chain_});
}

void aggregate_actor::hold(flight::kind what, pending_command item,
                           store::append_outcome outcome) {
  auto& held = flights_.emplace_back();
  held.what = what;
  held.item = std::move(item);
  held.ticket = ++last_ticket_;
  held.outcome = std::move(outcome);
  land();
}

// -- acknowledging ------------------------------------------------------------

void aggregate_actor::land() {
  while (!flights_.empty() && flights_.front().outcome) {
    if (may_be_repeat(flights_.front())) {
      look_up();
      return;
    }
    auto done = std::move(flights_.front());
    flights_.pop_front();
    acknowledge(std::move(done));
  }
}

void aggregate_actor::acknowledge(flight done) {
  if (done.what == flight::kind::append)
    acknowledge_append(std::move(done));
  else if (done.what == flight::kind::repeat)
    acknowledge_repeat(std::move(done));
  else if (diverged_)
    again_.push_back(std::move(done.item));
  else if (done.what == flight::kind::rejection)
    refuse(done.item, done.outcome->error);
  else
    answer(done.item, std::move(done.outcome->receipt));
}

void aggregate_actor::acknowledge_append(flight done) {
  auto& outcome = *done.outcome;
  if (outcome.what == outcome_kind::committed) {
    state_ = std::move(done.next);
    snapshot_version_ = done.snapshot_version;
    answer(done.item, std::move(outcome.receipt));
    return;
  }
  drain(false);
  if (outcome.what == outcome_kind::duplicate) {
    // Executed before: its events, if not ours, are not in `state_` yet.
    if (outcome.receipt.version > state_.version)
      recover_after_drain_ = true;
    if (done.stores_events)
      diverged_ = true;
    expects_repeats_ = true;
    answer(done.item, std::move(outcome.receipt));
  } else if (diverged_ && outcome.error.code == errc::conflict) {
    again_.push_back(std::move(done.item));
  } else {
    diverged_ = true;
    acknowledge_refused(std::move(done.item), std::move(outcome.error));
  }
}

void aggregate_actor::acknowledge_refused(pending_command item, error why) {
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
        again_.push_back(std::move(item));
        return;
      }
      if (item.options.command_id) {
        item.foregone = store::append_outcome::refused(std::move(why));
        again_.push_back(std::move(item));
        return;
      }
      break;
    default:
      recover_after_drain_ = true;
  }
  refuse(item, why);
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
  error late{errc::timeout, "the command waited for its turn at " + id_
                              + " longer than its timeout; it was not "
                                "executed"};
  for (auto* waiting : {&queue_, &again_})
    waiting->remove_if([&](pending_command& item) {
      if (!passed(item.deadline))
        return false;
      refuse(item, late);
      return true;
    });
  error unknown{errc::in_doubt,
                "the store did not answer for " + id_
                  + " within the command's timeout; send the command again "
                    "with the same id"};
  for (auto& item : flights_)
    if (item.item.counted && passed(item.item.deadline))
      refuse(item.item, item.what == flight::kind::append ? unknown : late);
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

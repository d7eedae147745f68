#include "eventsource/actors/aggregate_actor.hpp"

#include "eventsource/actors/log.hpp"

namespace es::actors {

namespace {

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
                                 const aggregate_type& type, std::string id)
  : caf::event_based_actor(config), env_(std::move(env)), type_(type),
    id_(std::move(id)) {
  // nop
}

caf::behavior aggregate_actor::make_behavior() {
  return {
    [this](submit_command& message) { return on_submit(message); },
    [this](const query_state&) { return on_query(); },
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
  if (in_flight_) {
    error unknown{errc::in_doubt,
                  "the actor of " + id_
                    + " was stopped while it waited for "
                      "its store; send the command again with the same id"};
    in_flight_->promise.deliver(to_caf(unknown));
    in_flight_.reset();
  }
  for (auto& item : queue_)
    item.promise.deliver(to_caf(gone));
  queue_.clear();
  for (auto& promise : queries_)
    promise.deliver(to_caf(gone));
  queries_.clear();
  env_ = nullptr;
}

// -- handlers -----------------------------------------------------------------

caf::result<receipt> aggregate_actor::on_submit(submit_command& message) {
  if (queue_.size() >= env_->how.aggregates.queue_commands_max)
    return to_caf(
      {errc::overloaded, id_ + " has " + std::to_string(queue_.size())
                           + " waiting commands already; try again later"});
  if (auto ok = check_options(message.options); !ok)
    return to_caf(ok.error());
  auto timeout = message.options.timeout.value_or(env_->how.commands.timeout);
  auto promise = make_response_promise<receipt>();
  queue_.push_back({std::move(message.command), std::move(message.options),
                    promise, clock().now() + timeout, 0,
                    ticket{env_->unanswered}});
  work();
  return promise;
}

caf::result<current_state> aggregate_actor::on_query() {
  if (queries_.size() >= env_->how.aggregates.queue_commands_max)
    return to_caf({errc::overloaded,
                   id_ + " has too many waiting queries; try again later"});
  auto promise = make_response_promise<current_state>();
  queries_.push_back(promise);
  // While a command waits for its commit, `state_` is the committed state.
  if (phase_ == phase::ready || phase_ == phase::waiting)
    answer_queries();
  else
    work();
  return promise;
}

// -- deciding -----------------------------------------------------------------

void aggregate_actor::work() {
  while (phase_ == phase::ready && !queue_.empty()) {
    auto item = std::move(queue_.front());
    queue_.pop_front();
    if (clock().now() >= item.deadline)
      refuse(item, {errc::timeout, "the command waited for its turn at " + id_
                                     + " longer than its timeout; it was not "
                                       "executed"});
    else
      handle(std::move(item));
  }
  if (phase_ == phase::cold && (!queue_.empty() || !queries_.empty()))
    start_recovery(true);
  auto idle = phase_ == phase::ready || phase_ == phase::cold;
  if (stopping_ && idle && queue_.empty() && queries_.empty())
    quit();
}

void aggregate_actor::handle(pending_command item) {
  const auto& expected = item.options.expected_version;
  if (expected && *expected != state_.version) {
    // Another writer may have moved on: look before refusing for ever.
    if (*expected > state_.version && item.conflicts == 0) {
      ++item.conflicts;
      queue_.push_front(std::move(item));
      phase_ = phase::cold;
      return;
    }
    auto message = id_ + " is at version " + std::to_string(state_.version)
                   + ", the command expects " + std::to_string(*expected)
                   + "; load the state and decide again";
    answer_repeat_or(std::move(item), {errc::conflict, std::move(message)});
    return;
  }
  auto now = env_->now();
  auto about = event_metadata(item.options.metadata, item.options.command_id);
  auto made =
    type_.decide(state_.state, item.command, {id_, state_.version, now, about});
  if (!made) {
    answer_repeat_or(std::move(item), std::move(made.error()));
    return;
  }
  if (made->events.empty() && !item.options.command_id) {
    item.promise.deliver(receipt{id_, state_.version, {}});
    return;
  }
  auto request = compose(item, *made, now, about);
  if (!request)
    refuse(item, request.error());
  else
    commit(std::move(item), std::move(*request), std::move(made->next));
}

result<store::append_request>
aggregate_actor::compose(const pending_command& item, decided& made,
                         timestamp now, const metadata& about) {
  store::append_request request;
  request.aggregate_id = id_;
  request.aggregate_type = type_.name();
  request.expected_version = state_.version;
  request.occurred_at = now;
  request.command_id = item.options.command_id;
  if (!about.empty()) {
    auto text = encode_json(about.json());
    if (!text)
      return fail(text.error().code, "the metadata of a command for " + id_
                                       + ": " + text.error().message);
    request.metadata = std::move(*text);
  }
  auto bytes_max = env_->how.commands.payload_bytes_max;
  request.events.reserve(made.events.size());
  for (auto& event : made.events) {
    if (event.data.size() > bytes_max)
      return fail(errc::invalid, "event " + event.type + " of " + id_ + " has "
                                   + std::to_string(event.data.size())
                                   + " bytes, commands.payload_bytes_max is "
                                   + std::to_string(bytes_max));
    request.events.push_back({env_->ids->next(event_id_prefix), event.type,
                              event.schema_version, event.data, event.publish});
  }
  if (made.events.empty())
    return request;
  event_context last{id_, request.last_version(), now, about};
  auto change = type_.project(made.next, last);
  if (!change)
    return tl::unexpected(change.error());
  if (change->what != row_change::kind::none)
    request.projection = projection_change{
      type_.projection(), request.last_version(), std::move(*change)};
  auto statements = type_.statements(made.next, last);
  if (!statements)
    return tl::unexpected(statements.error());
  request.statements = std::move(*statements);
  auto every =
    type_.snapshot_every().value_or(env_->how.aggregates.snapshot_every);
  if (every > 0 && request.last_version() - snapshot_version_ >= every) {
    auto text = type_.encode_state(made.next);
    if (!text)
      return tl::unexpected(text.error());
    request.snapshot =
      store::new_snapshot{type_.state_version(), std::move(*text),
                          env_->how.aggregates.snapshots_kept};
  }
  return request;
}

void aggregate_actor::commit(pending_command item,
                             store::append_request request, any_state next) {
  phase_ = phase::waiting;
  auto version = request.last_version();
  auto snapshot = request.snapshot ? version : snapshot_version_;
  if (!next)
    next = state_.state;
  in_flight_ = std::move(item);
  compat::ask(this, env_->writer_of(id_), caf::infinite,
              append{std::move(request)})
    .then(
      [this, snapshot, version, next](append_done& done) {
        acknowledge(snapshot, version, next, std::move(done.outcome));
      },
      [this, snapshot, version, next](const caf::error& e) {
        acknowledge(snapshot, version, next,
                    store::append_outcome::refused(from_caf(system(), e)));
      });
}

// -- acknowledging ------------------------------------------------------------

void aggregate_actor::acknowledge(version_t snapshot_version,
                                  version_t decided_version, any_state next,
                                  store::append_outcome outcome) {
  using kind = store::append_outcome::kind;
  auto item = std::move(*in_flight_);
  in_flight_.reset();
  phase_ = phase::ready;
  if (outcome.what == kind::committed) {
    state_ = {std::move(next), decided_version};
    snapshot_version_ = snapshot_version;
    item.promise.deliver(std::move(outcome.receipt));
  } else if (outcome.what == kind::duplicate) {
    // Executed by another process: its events are not in `state_` yet.
    if (outcome.receipt.version > state_.version)
      phase_ = phase::cold;
    item.promise.deliver(std::move(outcome.receipt));
  } else {
    acknowledge_refused(std::move(item), std::move(outcome.error));
  }
  work();
}

void aggregate_actor::acknowledge_refused(pending_command item, error why) {
  switch (why.code) {
    case errc::overloaded:
    case errc::invalid:
    case errc::statement_failed:
      // Certainly not stored: `state_` is still right.
      refuse(item, why);
      return;
    case errc::conflict:
      phase_ = phase::cold;
      if (!item.options.expected_version
          && item.conflicts < env_->how.commands.conflict_retries_max) {
        ++item.conflicts;
        queue_.push_front(std::move(item));
        return;
      }
      break;
    default:
      phase_ = phase::cold;
  }
  refuse(item, why);
}

void aggregate_actor::refuse(const pending_command& item, const error& why) {
  // A promise is a shared handle: delivering through a copy answers the caller.
  auto promise = item.promise;
  promise.deliver(to_caf(why));
}

void aggregate_actor::answer_repeat_or(pending_command item, error why) {
  if (!item.options.command_id) {
    refuse(item, why);
    return;
  }
  phase_ = phase::waiting;
  auto question = find_receipt{id_, *item.options.command_id};
  in_flight_ = std::move(item);
  auto finish = [this](auto&& answer) {
    auto asked = std::move(*in_flight_);
    in_flight_.reset();
    phase_ = phase::ready;
    answer(std::move(asked));
    work();
  };
  compat::ask(this, env_->reader_of(id_), caf::infinite, std::move(question))
    .then(
      [this, finish, why](receipt_found& found) {
        finish([&](pending_command asked) {
          if (!found.first) {
            refuse(asked, why);
            return;
          }
          if (found.first->version > state_.version)
            phase_ = phase::cold;
          asked.promise.deliver(std::move(*found.first));
        });
      },
      [this, finish](const caf::error& e) {
        finish(
          [&](pending_command asked) { refuse(asked, from_caf(system(), e)); });
      });
}

// -- recovery -----------------------------------------------------------------

void aggregate_actor::start_recovery(bool use_snapshot) {
  phase_ = phase::recovering;
  if (state_.state && use_snapshot)
    continue_recovery(state_, true); // events are only ever added
  else
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
    continue_recovery(std::move(*now), use_snapshot);
  else
    recovered_to(std::move(*now));
}

void aggregate_actor::recovered_to(versioned_state now) {
  state_ = std::move(now);
  phase_ = phase::ready;
  answer_queries();
  work();
}

void aggregate_actor::recovery_failed(const error& why) {
  // The next command tries again; those that waited get the reason now.
  log().warn("{} can't be recovered: {}", id_, to_string(why));
  phase_ = phase::cold;
  state_ = {};
  auto failed = std::move(queue_);
  queue_.clear();
  for (auto& item : failed)
    refuse(item, why);
  auto unanswered = std::move(queries_);
  queries_.clear();
  for (auto& promise : unanswered)
    promise.deliver(to_caf(why));
  work();
}

void aggregate_actor::answer_queries() {
  auto asked = std::move(queries_);
  queries_ = {};
  for (auto& promise : asked) {
    if (state_.version == 0)
      promise.deliver(
        to_caf({errc::not_found, "there is no " + type_.name() + " " + id_}));
    else
      promise.deliver(current_state{id_, state_.version, type_, state_.state});
  }
}

} // namespace es::actors

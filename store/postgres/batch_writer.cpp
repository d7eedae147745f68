#include "eventsource/store/postgres/batch_writer.hpp"

#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/commit_resolver.hpp"
#include "eventsource/store/postgres/event_reader.hpp"
#include "eventsource/store/postgres/failures.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/lone_append.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

#include <map>
#include <set>
#include <utility>

namespace es::store::postgres {

namespace {

constexpr std::chrono::seconds resolve_patience{10};

/// Removes, in their order, the members that `is_settled` says have their
/// outcome.
template <class Predicate>
bool drop(places& members, Predicate&& is_settled) {
  places kept;
  for (auto place : members)
    if (!is_settled(place))
      kept.push_back(place);
  const bool any = kept.size() < members.size();
  members = std::move(kept);
  return any;
}

/// Whether `store_alone` can't say what is wrong: which of the parts of its
/// statement was refused, or which version is there.
bool is_cause_open(const attempt& tried) {
  if (tried.what != attempt::kind::failed)
    return tried.what == attempt::kind::outrun;
  const auto& known = lookup_sqlstate(tried.failure->sqlstate());
  return known.what == reaction::find_culprit
         || known.means == errc::schema_mismatch;
}

} // namespace

batch_writer::batch_writer(connection_pool& pool,
                           std::span<const append_request> batch)
  : pool_(pool), batch_(batch), outcomes_(batch.size()) {
  // nop
}

// -- the steps, in order ------------------------------------------------------

void batch_writer::prepare() {
  plan_next(check_all());
  const auto& first = plan_->now;
  const auto* form = pool_.last_server();
  const bool is_lone =
    first.size() == 1 && can_store_alone(batch_[first.front()]);
  if (form && !first.empty() && !is_lone)
    ready_ = {first, form, build_rows(batch_, first, *form)};
}

std::vector<append_outcome>
batch_writer::run(const std::function<void()>& meanwhile) {
  meanwhile_ = &meanwhile;
  try {
    store_all();
  } catch (const std::exception& e) {
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
      if (!outcomes_[i])
        refuse(i, {errc::internal, "the store failed, and nothing was stored: "
                                     + std::string(e.what())});
  }
  std::vector<append_outcome> result;
  result.reserve(outcomes_.size());
  for (auto& outcome : outcomes_)
    result.push_back(std::move(*outcome));
  return result;
}

void batch_writer::store_all() {
  if (!plan_)
    plan_next(check_all());
  for (;;) {
    settle({.members = std::move(plan_->now)});
    if (plan_->later.empty())
      break;
    plan_next(std::exchange(plan_->later, {}));
  }
}

void batch_writer::plan_next(const places& pending) {
  plan_ = plan_transaction(batch_, pending, broken_);
  for (auto& [place, why] : plan_->refused)
    refuse(place, std::move(why));
}

places batch_writer::check_all() {
  places fine;
  std::set<const projection_table*> checked;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const auto& append = batch_[i];
    auto verdict = check_append(append);
    if (verdict && append.projection && append.projection->table
        && !checked.contains(append.projection->table)) {
      verdict = check_table(*append.projection->table);
      if (verdict)
        checked.insert(append.projection->table);
    }
    if (verdict)
      fine.push_back(i);
    else
      refuse(i, std::move(verdict.error()));
  }
  return fine;
}

void batch_writer::settle(group all) {
  halves_.push_back(std::move(all));
  while (!halves_.empty()) {
    auto members = std::move(halves_.back());
    halves_.pop_back();
    refuse_followers(members);
    while (!members.members.empty()) {
      auto next = try_once(members);
      // The connection is back in the pool by now: the resolver needs one, and
      // others need one while this waits.
      if (next == next_step::resolve)
        next = after_doubt(members);
      if (next == next_step::try_later)
        pool_.pause()(members.retries, first_pause_);
      if (next == next_step::done)
        break;
    }
  }
}

batch_writer::next_step batch_writer::try_once(group& members) {
  auto link = pool_.acquire();
  if (!link) {
    refuse_all(members, link.error());
    // The others would wait as long, for the same.
    for (const auto& other : halves_)
      refuse_all(other, link.error());
    halves_.clear();
    return next_step::done;
  }
  first_pause_ = (*link)->texts().server().first_retry_pause;
  const auto tried = store(**link, members);
  switch (tried.what) {
    case attempt::kind::committed:
      commit_all(members, tried.session);
      return next_step::done;
    case attempt::kind::in_doubt:
      members.in_doubt = true;
      return next_step::resolve;
    case attempt::kind::outrun:
    case attempt::kind::failed:
      break;
  }
  try {
    return after_failure(**link, members, tried);
  } catch (const database_error& e) {
    // The server failed once more while we looked for the cause.
    (*link)->close();
    if (++members.reconnects <= 1)
      return next_step::try_again;
    refuse_all(members, to_error(e, where(members)));
    return next_step::done;
  }
}

attempt batch_writer::store(connection& link, const group& members) {
  const auto& first = batch_[members.members.front()];
  const bool is_new = members.retries == 0 && members.reconnects == 0;
  if (is_new && members.members.size() == 1 && can_store_alone(first)) {
    auto tried = store_alone(link, first);
    if (!is_cause_open(tried))
      return tried;
  }
  return store_together(link, batch_, members.members,
                        take_rows(members.members, link.texts().server()),
                        *meanwhile_);
}

batch_rows batch_writer::take_rows(const places& members, const dialect& form) {
  auto ready = std::exchange(ready_, std::nullopt);
  if (ready && ready->form == &form && ready->members == members)
    return std::move(ready->rows);
  return build_rows(batch_, members, form);
}

batch_writer::next_step batch_writer::after_failure(connection& link,
                                                    group& members,
                                                    const attempt& tried) {
  if (tried.what == attempt::kind::outrun) {
    if (take_stored(link, members) || take_losers(link, members))
      return next_step::try_again;
    if (tried.failure)
      return search_culprit(members, *tried.failure);
    // Whoever was in the way is gone.
    if (count_retry(members))
      return next_step::try_later;
    refuse_all(members,
               {errc::conflict, "other writers kept changing " + where(members)
                                  + "; load it again"});
    return next_step::done;
  }
  const auto& failure = *tried.failure;
  const auto& known = lookup_sqlstate(failure.sqlstate());
  if (failure.connection_lost() || known.what == reaction::reconnect) {
    link.close();
    if (++members.reconnects <= 1)
      return next_step::try_again;
  } else if (known.what == reaction::retry) {
    if (count_retry(members))
      return next_step::try_later;
  } else if (blame_known_culprits(members, tried)) {
    return next_step::try_again;
  } else if (known.what == reaction::find_culprit) {
    return search_culprit(members, failure);
  }
  refuse_all(members, to_error(failure, where(members)));
  return next_step::done;
}

batch_writer::next_step batch_writer::after_doubt(group& members) {
  const auto stored =
    resolve_commit(pool_, batch_, members.members, resolve_patience);
  if (!stored) {
    refuse_all(members, {errc::unavailable, "the connection to " + pool_.place()
                                              + " broke during commit"});
    return next_step::done;
  }
  std::size_t i = 0;
  drop(members.members, [&](std::size_t place) {
    if (!(*stored)[i++])
      return false;
    outcomes_[place] = append_outcome::committed(batch_[place]);
    return true;
  });
  // The same ids again: should the server still be at the lost commit, the
  // primary key makes us wait for it.
  if (members.members.empty())
    return next_step::done;
  if (count_retry(members))
    return next_step::try_later;
  refuse_all(members, {errc::unavailable, "the connection to " + pool_.place()
                                            + " broke during commit again and "
                                              "again"});
  return next_step::done;
}

// -- finding out who is to blame ----------------------------------------------

bool batch_writer::take_stored(connection& link, group& members) {
  if (!members.in_doubt)
    return false;
  const auto stored = find_stored(link, batch_, members.members);
  std::size_t i = 0;
  return drop(members.members, [&](std::size_t place) {
    if (!stored[i++])
      return false;
    outcomes_[place] = append_outcome::committed(batch_[place]);
    return true;
  });
}

bool batch_writer::take_losers(connection& link, group& members) {
  std::map<std::string_view, version_t> heads;
  std::vector<command_key> keys;
  for (auto place : members.members) {
    heads.emplace(batch_[place].aggregate_id, 0);
    if (const auto& command = batch_[place].command_id)
      keys.push_back({batch_[place].aggregate_id, *command});
  }
  const auto receipts = find_receipts(link, keys);
  array_literal ids;
  for (const auto& [id, version] : heads)
    ids.add(id);
  const auto found = link.run("find_heads", {ids.str()});
  std::size_t row = 0;
  for (auto& [id, version] : heads)
    version = found.number(row++, 0);
  std::size_t next_receipt = 0;
  return drop(members.members, [&](std::size_t place) {
    const auto& append = batch_[place];
    const auto* receipt =
      append.command_id ? &receipts[next_receipt++] : nullptr;
    if (auto why = broken_.follower_error(append, place)) {
      refuse(place, std::move(*why));
      return true;
    }
    if (receipt && *receipt) {
      outcomes_[place] = append_outcome::duplicate(**receipt);
      // What follows was decided on events that this one did not store.
      if (!append.events.empty())
        broken_.add(append.aggregate_id, place, errc::conflict);
      return true;
    }
    auto& head = heads[append.aggregate_id];
    if (append.expected_version != head) {
      refuse(place, version_conflict(append, head));
      return true;
    }
    head = append.last_version();
    return false;
  });
}

bool batch_writer::blame_known_culprits(group& members, const attempt& tried) {
  const auto& failure = *tried.failure;
  const auto& known = lookup_sqlstate(failure.sqlstate());
  // Full disks and the like are nobody's fault, even in somebody's statement.
  const bool servers_fault =
    known.what == reaction::refuse_all && known.means == errc::unavailable
    && failure.sqlstate() != query_canceled && failure.sqlstate() != "42501";
  if (tried.culprit && !servers_fault) {
    const auto place = *tried.culprit;
    refuse(place, to_error(failure, "aggregate " + batch_[place].aggregate_id,
                           errc::statement_failed));
    refuse_followers(members);
    return true;
  }
  if (tried.table && known.means == errc::schema_mismatch) {
    for (auto place : members.members) {
      const auto& change = batch_[place].projection;
      if (change && change->table && change->table->name == tried.table->name
          && !broken_.follower_error(batch_[place], place))
        refuse(place, to_error(failure, "projection table " + tried.table->name
                                          + ", aggregate "
                                          + batch_[place].aggregate_id));
    }
    refuse_followers(members);
    return true;
  }
  return false;
}

batch_writer::next_step batch_writer::search_culprit(group& members,
                                                     const database_error& e) {
  const auto count = members.members.size();
  if (count == 1) {
    const auto place = members.members.front();
    const bool id_is_taken =
      e.sqlstate() == unique_violation && e.statement() == "append_events";
    const auto code =
      id_is_taken ? errc::invalid : lookup_sqlstate(e.sqlstate()).means;
    refuse(place, to_error(e, "aggregate " + batch_[place].aggregate_id, code));
    return next_step::done;
  }
  const auto middle =
    members.members.begin() + static_cast<std::ptrdiff_t>(count / 2);
  auto first = members;
  first.members.assign(members.members.begin(), middle);
  auto second = members;
  second.members.assign(middle, members.members.end());
  halves_.push_back(std::move(second));
  halves_.push_back(std::move(first));
  return next_step::done;
}

bool batch_writer::count_retry(group& members) {
  return ++members.retries <= pool_.retries_max();
}

// -- outcomes -----------------------------------------------------------------

void batch_writer::commit_all(const group& members, session_number session) {
  for (auto place : members.members) {
    auto& outcome = outcomes_[place];
    outcome = append_outcome::committed(batch_[place]);
    outcome->session = session;
  }
}

void batch_writer::refuse(std::size_t place, error why) {
  broken_.add(batch_[place].aggregate_id, place, why.code);
  outcomes_[place] = append_outcome::refused(std::move(why));
}

void batch_writer::refuse_followers(group& members) {
  drop(members.members, [&](std::size_t place) {
    if (outcomes_[place])
      return true;
    auto why = broken_.follower_error(batch_[place], place);
    if (!why)
      return false;
    refuse(place, std::move(*why));
    return true;
  });
}

void batch_writer::refuse_all(const group& members, const error& why) {
  auto told = why;
  if (members.in_doubt) {
    told.code = errc::in_doubt;
    told.message += "; whether the events were stored could not be found out. "
                    "Send the command again with the same command id.";
  }
  for (auto place : members.members)
    refuse(place, told);
}

std::string batch_writer::where(const group& members) const {
  const auto& first = batch_[members.members.front()].aggregate_id;
  const auto others = members.members.size() - 1;
  if (others == 0)
    return "aggregate " + first;
  return "aggregate " + first + " and " + std::to_string(others)
         + " other append" + (others == 1 ? "" : "s");
}

} // namespace es::store::postgres

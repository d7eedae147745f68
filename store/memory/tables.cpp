#include "eventsource/store/memory/tables.hpp"

#include "eventsource/domain/process_type.hpp"
#include "eventsource/store/memory/append_rules.hpp"
#include "eventsource/store/own_statement.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

namespace es::store::memory {

namespace {

error version_conflict(const append_request& append, version_t actual) {
  return {errc::conflict,
          "aggregate " + append.aggregate_id + " is at version "
            + std::to_string(actual) + ", the append expected "
            + std::to_string(append.expected_version)
            + "; load it again and decide on its present state"};
}

error follower_conflict(const append_request& append) {
  return {errc::conflict,
          "aggregate " + append.aggregate_id
            + ": an earlier append of the same batch was not stored, so that "
              "version "
            + std::to_string(append.expected_version)
            + " is not the one this append was decided on; load it again and "
              "decide on its present state"};
}

std::int64_t size_of(const recorded_event& event) {
  return static_cast<std::int64_t>(
    event.id.size() + event.type.size() + event.aggregate_id.size()
    + event.aggregate_type.size() + event.data.size() + event.metadata.size());
}

} // namespace

// -- writing ------------------------------------------------------------------

std::vector<append_outcome> tables::write(std::span<const append_request> batch,
                                          timestamp registered_at) {
  std::vector<append_outcome> outcomes;
  outcomes.reserve(batch.size());
  std::set<std::string_view> broken;
  std::vector<const projection_change*> changes;
  std::map<std::string_view, std::size_t> keep;
  log_.begin_transaction();
  ++session_;
  for (const auto& append : batch) {
    if (broken.contains(append.aggregate_id)) {
      outcomes.push_back(append_outcome::refused(follower_conflict(append)));
      continue;
    }
    const auto& outcome = outcomes.emplace_back(store(append, registered_at));
    const bool stored_events =
      outcome.what == append_outcome::kind::committed && !append.events.empty();
    if (stored_events) {
      if (append.projection)
        changes.push_back(&*append.projection);
      if (append.snapshot)
        keep[append.aggregate_id] =
          static_cast<std::size_t>(append.snapshot->keep);
      continue;
    }
    // What follows was decided on events that this one did not store.
    if (!outcome.ok() || !append.events.empty())
      broken.insert(append.aggregate_id);
  }
  projections_.apply(changes);
  for (const auto& [id, count] : keep) {
    auto& snapshots = aggregates_.find(id)->second.snapshots;
    while (snapshots.size() > count)
      snapshots.erase(snapshots.begin());
  }
  return outcomes;
}

append_outcome tables::store(const append_request& append,
                             timestamp registered_at) {
  if (auto fine = check_append(append); !fine)
    return append_outcome::refused(std::move(fine.error()));
  if (append.command_id)
    if (auto first = find_receipt(append.aggregate_id, *append.command_id))
      return append_outcome::duplicate(std::move(*first));
  const auto* present = find(append.aggregate_id);
  const auto head = present ? present->head() : 0;
  if (head != append.expected_version)
    return append_outcome::refused(version_conflict(append, head));
  if (auto fine = check_session(append); !fine)
    return append_outcome::refused(std::move(fine.error()));
  if (auto fine = check_event_ids(append); !fine)
    return append_outcome::refused(std::move(fine.error()));
  insert(aggregates_[append.aggregate_id], append, registered_at);
  auto outcome = append_outcome::committed(append);
  outcome.session = session_;
  return outcome;
}

result<void> tables::check_session(const append_request& append) const {
  if (append.expected_in == 0 || append.expected_version == 0)
    return {};
  const auto& stored_in = find(append.aggregate_id)->stored_in;
  const auto place = static_cast<std::size_t>(append.expected_version - 1);
  if (stored_in[place] <= append.expected_in && append.expected_in <= session_)
    return {};
  return fail(errc::internal,
              "append to aggregate \"" + append.aggregate_id + "\": session "
                + std::to_string(append.expected_in)
                + " has not stored version "
                + std::to_string(append.expected_version) + ", as it says");
}

result<void> tables::check_event_ids(const append_request& append) const {
  std::set<std::string_view> own;
  for (const auto& event : append.events)
    if (event_ids_.contains(event.id) || !own.insert(event.id).second)
      return fail(errc::invalid, "append to aggregate \"" + append.aggregate_id
                                   + "\": there is an event with the id "
                                   + event.id + " already");
  return {};
}

void tables::insert(aggregate_rows& into, const append_request& append,
                    timestamp registered_at) {
  for (const auto& event : append.events) {
    const auto version = into.head() + 1;
    event_ids_.insert(event.id);
    log_.add(append.aggregate_id, version);
    into.stored_in.push_back(session_);
    into.events.push_back({.id = event.id,
                           .type = event.type,
                           .schema_version = event.schema_version,
                           .occurred_at = append.occurred_at,
                           .registered_at = registered_at,
                           .aggregate_id = append.aggregate_id,
                           .aggregate_type = append.aggregate_type,
                           .version = version,
                           .data = event.data,
                           .metadata = append.metadata});
    if (event.publish) {
      published_ids_.insert(event.id);
      outbox_.insert(event.id, append.aggregate_id, version, registered_at);
    }
  }
  if (append.command_id)
    into.commands.emplace(
      *append.command_id,
      remembered_command{append_outcome::committed(append).receipt,
                         registered_at});
  if (append.events.empty())
    return;
  if (append.snapshot)
    into.snapshots.insert_or_assign(
      into.head(),
      recorded_snapshot{.aggregate_id = append.aggregate_id,
                        .aggregate_type = append.aggregate_type,
                        .version = into.head(),
                        .state_version = append.snapshot->state_version,
                        .taken_at = append.occurred_at,
                        .data = append.snapshot->data});
  statements_.insert(statements_.end(), append.statements.begin(),
                     append.statements.end());
}

// -- async projections --------------------------------------------------------

result<void> tables::commit(const projected_batch& batch, timestamp now) {
  if (!leases_.holds(batch.lease))
    return tl::unexpected(lost_lease(batch.lease));
  if (!subscriptions_.is_at(batch.key, batch.from))
    return tl::unexpected(moved_checkpoint(batch.key));
  for (const auto& own : batch.statements)
    if (auto fine = check_statement(own); !fine)
      return fine;
  if (auto fine = projections_.apply(batch.changes, batch.table_suffix); !fine)
    return fine;
  subscriptions_.move(batch.key, batch.to, batch.events, now);
  subscriptions_.add(batch.key, batch.dead_letters);
  statements_.insert(statements_.end(), batch.statements.begin(),
                     batch.statements.end());
  return {};
}

std::size_t tables::forget_commands(timestamp until, std::size_t limit) {
  using place = std::pair<std::string_view, std::string_view>;
  std::multimap<timestamp, place> old;
  for (const auto& [id, rows] : aggregates_)
    for (const auto& [command_id, command] : rows.commands)
      if (command.remembered_at <= until)
        old.emplace(command.remembered_at, place{id, command_id});
  std::size_t count = 0;
  for (const auto& [when, at] : old) {
    if (count == limit)
      break;
    auto& commands = aggregates_.find(at.first)->second.commands;
    commands.erase(commands.find(at.second));
    ++count;
  }
  return count;
}

// -- one aggregate ------------------------------------------------------------

const tables::aggregate_rows*
tables::find(std::string_view aggregate_id) const {
  auto i = aggregates_.find(aggregate_id);
  return i == aggregates_.end() ? nullptr : &i->second;
}

recovery_page tables::recover(const recovery_request& request,
                              std::size_t events_per_page) const {
  recovery_page page{.aggregate_id = request.aggregate_id,
                     .snapshot = std::nullopt,
                     .events = {}};
  const auto* rows = find(request.aggregate_id);
  if (!rows)
    return page;
  auto after = std::max<version_t>(request.after_version, 0);
  if (request.use_snapshot && request.after_version <= 0) {
    auto usable = std::find_if(
      rows->snapshots.rbegin(), rows->snapshots.rend(), [&](const auto& entry) {
        return entry.second.state_version == request.state_version;
      });
    if (usable != rows->snapshots.rend()) {
      page.snapshot = usable->second;
      after = usable->first;
    }
  }
  page.events = load_events(request.aggregate_id, after + 1, events_per_page);
  page.more = after + static_cast<version_t>(page.events.size()) < rows->head();
  return page;
}

std::optional<receipt> tables::find_receipt(std::string_view aggregate_id,
                                            std::string_view command_id) const {
  const auto* rows = find(aggregate_id);
  if (!rows)
    return std::nullopt;
  auto i = rows->commands.find(command_id);
  if (i == rows->commands.end())
    return std::nullopt;
  return i->second.first;
}

std::vector<recorded_event> tables::load_events(std::string_view aggregate_id,
                                                version_t from_version,
                                                std::size_t limit) const {
  const auto* rows = find(aggregate_id);
  from_version = std::max<version_t>(from_version, 1);
  if (!rows || from_version > rows->head())
    return {};
  const auto first = rows->events.begin() + (from_version - 1);
  const auto there = static_cast<std::size_t>(rows->events.end() - first);
  return {first, first + static_cast<std::ptrdiff_t>(std::min(there, limit))};
}

std::optional<recorded_snapshot>
tables::load_snapshot(std::string_view aggregate_id, version_t at_most) const {
  const auto* rows = find(aggregate_id);
  if (!rows)
    return std::nullopt;
  auto above = rows->snapshots.upper_bound(at_most);
  if (above == rows->snapshots.begin())
    return std::nullopt;
  return std::prev(above)->second;
}

version_t tables::version_at(std::string_view aggregate_id,
                             timestamp when) const {
  const auto* rows = find(aggregate_id);
  if (!rows)
    return 0;
  auto last = std::find_if(
    rows->events.rbegin(), rows->events.rend(),
    [when](const recorded_event& event) { return event.occurred_at <= when; });
  return last == rows->events.rend() ? 0 : last->version;
}

// -- everything ---------------------------------------------------------------

template <class Take>
void tables::scan(std::string_view after_aggregate_id, version_t after_version,
                  Take&& take) const {
  for (auto i = aggregates_.lower_bound(after_aggregate_id);
       i != aggregates_.end(); ++i) {
    const bool is_first = i->first == after_aggregate_id;
    if (!take(i->second, is_first ? after_version : 0))
      return;
  }
}

log_page tables::read_log(const log_request& request) const {
  return log_.read(
    request, [this](std::string_view id, version_t version) -> auto& {
      const auto& events = find(id)->events;
      return events[static_cast<std::size_t>(version - 1)];
    });
}

std::vector<recorded_event>
tables::scan_events(std::string_view after_aggregate_id,
                    version_t after_version, std::size_t limit) const {
  std::vector<recorded_event> found;
  scan(after_aggregate_id, after_version,
       [&](const aggregate_rows& rows, version_t after) {
         for (auto version = std::max<version_t>(after, 0) + 1;
              version <= rows.head() && found.size() < limit; ++version)
           found.push_back(rows.events[static_cast<std::size_t>(version - 1)]);
         return found.size() < limit;
       });
  return found;
}

std::vector<recorded_snapshot>
tables::scan_snapshots(std::string_view after_aggregate_id,
                       version_t after_version, std::size_t limit) const {
  std::vector<recorded_snapshot> found;
  scan(after_aggregate_id, after_version,
       [&](const aggregate_rows& rows, version_t after) {
         for (auto i = rows.snapshots.upper_bound(after);
              i != rows.snapshots.end() && found.size() < limit; ++i)
           found.push_back(i->second);
         return found.size() < limit;
       });
  return found;
}

result<std::vector<process_timer>>
tables::find_timers(std::string_view process_type, const process_timer& after,
                    std::size_t limit) const {
  auto rows = projections_.scan(process_timer_table(), {},
                                std::numeric_limits<std::size_t>::max());
  if (!rows)
    return tl::unexpected(rows.error());
  auto place = [](const process_timer& timer) {
    return std::tie(timer.due_at, timer.process_id);
  };
  std::vector<process_timer> found;
  for (const auto& cells : *rows) {
    if (cells.at(1).text() != process_type)
      continue;
    auto due_at = parse_timestamp(cells.at(2).text().value_or(""));
    if (!due_at)
      return tl::unexpected(due_at.error());
    process_timer timer{cells.at(0).text().value_or(""), *due_at};
    if (place(timer) > place(after))
      found.push_back(std::move(timer));
  }
  std::sort(found.begin(), found.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
  found.resize(std::min(found.size(), limit));
  return found;
}

statistics tables::stats() const {
  statistics figures;
  std::map<std::string, type_statistics> types;
  table_statistics commands{.table = "es.commands"};
  table_statistics events{.table = "es.events"};
  table_statistics snapshots{.table = "es.snapshots"};
  for (const auto& [id, rows] : aggregates_) {
    std::set<std::string_view> types_of_this;
    for (const auto& event : rows.events) {
      auto& type = types[event.aggregate_type];
      ++type.events;
      if (types_of_this.insert(event.aggregate_type).second)
        ++type.aggregates;
      ++events.rows;
      events.bytes += size_of(event);
    }
    for (const auto& [version, snapshot] : rows.snapshots) {
      ++types[snapshot.aggregate_type].snapshots;
      ++snapshots.rows;
      snapshots.bytes += static_cast<std::int64_t>(snapshot.data.size());
    }
    for (const auto& [command, remembered] : rows.commands) {
      ++commands.rows;
      commands.bytes += static_cast<std::int64_t>(command.size());
    }
  }
  for (auto& [name, type] : types) {
    type.aggregate_type = name;
    figures.types.push_back(std::move(type));
  }
  figures.outbox_pending = static_cast<std::int64_t>(outbox_.pending());
  figures.commands_remembered = commands.rows;
  figures.tables = {std::move(commands), std::move(events), outbox_.size(),
                    std::move(snapshots)};
  for (auto& size : projections_.sizes())
    figures.tables.push_back({.table = "projection." + size.table,
                              .rows = size.rows,
                              .bytes = size.bytes});
  return figures;
}

// -- damage -------------------------------------------------------------------

void tables::replace_event_data(std::string_view aggregate_id,
                                version_t version, std::string text) {
  auto i = aggregates_.find(aggregate_id);
  if (i != aggregates_.end() && version >= 1 && version <= i->second.head())
    i->second.events[static_cast<std::size_t>(version - 1)].data =
      std::move(text);
}

void tables::replace_snapshot_data(std::string_view aggregate_id,
                                   version_t version, std::string text) {
  auto i = aggregates_.find(aggregate_id);
  if (i == aggregates_.end())
    return;
  if (auto j = i->second.snapshots.find(version);
      j != i->second.snapshots.end())
    j->second.data = std::move(text);
}

} // namespace es::store::memory

#include "eventsource/store/memory/outbox_rows.hpp"

#include <algorithm>
#include <cstdint>

namespace es::store::memory {

namespace {

/// FNV-1a: the same in every program.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2'166'136'261u;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return hash;
}

} // namespace

void outbox_rows::insert(std::string event_id, std::string aggregate_id,
                         version_t version, timestamp now) {
  key place{std::move(aggregate_id), version};
  by_event_.emplace(event_id, place);
  pending_.insert(place);
  rows_.emplace(std::move(place),
                stored_row{.event_id = std::move(event_id), .created_at = now});
}

void outbox_rows::lose(const std::string& event_id) {
  const auto there = by_event_.find(event_id);
  if (there == by_event_.end())
    return;
  const auto place = there->second;
  pending_.erase(place);
  if (const auto& published = rows_.at(place).published_at)
    published_.erase({*published, place});
  rows_.erase(place);
  by_event_.erase(there);
}

// -- as outbox_store has them -------------------------------------------------

std::vector<outbox_rows::due_row> outbox_rows::load(outbox_partition part,
                                                    const outbox_place& after,
                                                    std::size_t limit,
                                                    timestamp now) const {
  std::vector<due_row> result;
  // The aggregate of the last row, and whether something holds it back.
  std::string_view aggregate;
  bool held = false;
  for (auto i = pending_.lower_bound({after.aggregate_id, 0});
       i != pending_.end() && result.size() < limit; ++i) {
    if (hash_of(i->first) % part.count != part.index)
      continue;
    if (i->first != aggregate) {
      aggregate = i->first;
      held = false;
    }
    const auto& row = rows_.at(*i);
    held = held || row.dead || row.waits(now);
    if (!held && *i > key{after.aggregate_id, after.version})
      result.push_back({*i, row.attempts});
  }
  return result;
}

std::vector<outbox_rows::due_row>
outbox_rows::claim(std::size_t limit, std::chrono::microseconds duration,
                   timestamp now) {
  std::vector<due_row> result;
  for (const auto& place : pending_) {
    if (result.size() == limit)
      break;
    auto& row = rows_.at(place);
    if (row.dead || row.waits(now))
      continue;
    row.next_attempt_at = now + duration;
    result.push_back({place, row.attempts});
  }
  return result;
}

void outbox_rows::settle(const outbox_settlement& what, timestamp now) {
  for (const auto& id : what.published)
    publish(id, now);
  for (const auto& failure : what.failed) {
    auto* row = find_pending(failure.event_id);
    if (!row)
      continue;
    ++row->attempts;
    row->last_error = storable_text(failure.reason);
    row->next_attempt_at =
      now + failure.retry_after.value_or(std::chrono::microseconds{0});
    row->dead = !failure.retry_after;
  }
}

std::size_t outbox_rows::purge(std::chrono::microseconds age, std::size_t limit,
                               timestamp now) {
  std::size_t count = 0;
  while (count < limit && !published_.empty()
         && published_.begin()->first < now - age) {
    const auto [moment, place] = *published_.begin();
    purged_until_ = std::max(purged_until_.value_or(moment), moment);
    by_event_.erase(rows_.at(place).event_id);
    rows_.erase(place);
    published_.erase(published_.begin());
    ++count;
  }
  return count;
}

outbox_lag outbox_rows::measure(timestamp now) const {
  outbox_lag lag;
  for (const auto& place : pending_) {
    const auto& row = rows_.at(place);
    if (row.dead) {
      ++lag.dead;
      continue;
    }
    ++lag.pending;
    lag.waiting += row.waits(now) ? 1 : 0;
    lag.oldest_age = std::max(lag.oldest_age, now - row.created_at);
  }
  return lag;
}

std::vector<outbox_row> outbox_rows::list(const outbox_place& after,
                                          std::size_t limit, bool dead_only,
                                          timestamp now) const {
  std::vector<outbox_row> result;
  for (auto i = pending_.upper_bound({after.aggregate_id, after.version});
       i != pending_.end() && result.size() < limit; ++i) {
    const auto& row = rows_.at(*i);
    if (dead_only && !row.dead)
      continue;
    auto& shown = result.emplace_back();
    shown.event_id = row.event_id;
    shown.aggregate_id = i->first;
    shown.version = i->second;
    shown.created_at = row.created_at;
    shown.attempts = row.attempts;
    shown.last_error = row.last_error;
    if (row.dead) {
      shown.state = outbox_state::dead;
    } else if (row.waits(now)) {
      shown.state = outbox_state::waiting;
      shown.next_attempt_at = row.next_attempt_at;
    }
  }
  return result;
}

std::size_t outbox_rows::retry(std::span<const std::string> event_ids) {
  std::size_t count = 0;
  for (const auto& id : event_ids) {
    auto* row = find_pending(id);
    if (!row || row->attempts == 0)
      continue;
    row->attempts = 0;
    row->next_attempt_at.reset();
    row->dead = false;
    ++count;
  }
  return count;
}

std::size_t outbox_rows::drop(std::span<const std::string> event_ids,
                              timestamp now) {
  std::size_t count = 0;
  for (const auto& id : event_ids) {
    const auto* row = find_pending(id);
    if (!row || !row->dead)
      continue;
    publish(id, now);
    ++count;
  }
  return count;
}

// -- as event_store has them --------------------------------------------------

std::vector<outbox_entry> outbox_rows::scan(std::string_view after_aggregate_id,
                                            version_t after_version,
                                            std::size_t limit) const {
  std::vector<outbox_entry> result;
  for (auto i =
         rows_.upper_bound({std::string(after_aggregate_id), after_version});
       i != rows_.end() && result.size() < limit; ++i)
    result.push_back({.event_id = i->second.event_id,
                      .aggregate_id = i->first.first,
                      .version = i->first.second,
                      .published = i->second.published_at.has_value(),
                      .dead = i->second.dead});
  return result;
}

table_statistics outbox_rows::size() const {
  table_statistics size{.table = "es.outbox"};
  for (const auto& [place, row] : rows_) {
    ++size.rows;
    size.bytes += static_cast<std::int64_t>(row.event_id.size());
  }
  return size;
}

// -- rows ---------------------------------------------------------------------

outbox_rows::stored_row*
outbox_rows::find_pending(const std::string& event_id) {
  auto found = by_event_.find(event_id);
  if (found == by_event_.end() || !pending_.contains(found->second))
    return nullptr;
  return &rows_.at(found->second);
}

void outbox_rows::publish(const std::string& event_id, timestamp now) {
  auto* row = find_pending(event_id);
  if (!row)
    return;
  const auto& place = by_event_.at(event_id);
  row->published_at = now;
  row->next_attempt_at.reset();
  pending_.erase(place);
  published_.emplace(now, place);
}

} // namespace es::store::memory

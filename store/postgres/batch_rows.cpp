#include "eventsource/store/postgres/batch_rows.hpp"

#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/copy_text.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

namespace es::store::postgres {

namespace {

template <std::size_t Count>
batch_rows::group to_group(std::array<array_literal, Count>&& columns) {
  batch_rows::group result;
  result.count = columns[0].size();
  if (result.count == 0)
    return result;
  for (auto& column : columns)
    result.values.emplace_back(std::move(column).str());
  return result;
}

// COPY takes its rows for a fifth less of the server's time than an insert from
// arrays, but needs a statement more (count_bases) and is parsed anew each
// time.
constexpr std::size_t copied_events_min = 32;

bool is_copied(std::span<const append_request> batch, const places& chosen) {
  std::size_t events = 0;
  for (auto place : chosen)
    events += batch[place].events.size();
  return events >= copied_events_min;
}

/// About what the rows of the events take, escaped.
std::size_t copied_bytes(std::span<const append_request> batch,
                         const places& chosen) {
  std::size_t bytes = 0;
  for (auto place : chosen)
    bytes += batch[place].byte_size();
  return bytes + bytes / 8;
}

std::int64_t micros(timestamp t) {
  return t.time_since_epoch().count();
}

/// As the server reads a boolean.
std::string_view truth(bool value) {
  return value ? "t" : "f";
}

/// What the appends of one aggregate have in common.
struct aggregate_part {
  std::string_view id;
  version_t base = 0;
  session_number base_stored_in = 0;
  bool has_events = false;
  int keep = 0;
};

/// In the order in which the batch has them.
class aggregate_parts {
public:
  aggregate_parts(std::span<const append_request> batch, const places& chosen) {
    all_.reserve(chosen.size());
    places_.reserve(chosen.size());
    for (auto place : chosen)
      add(batch[place]);
  }

  [[nodiscard]] const aggregate_part& of(const append_request& append) const {
    return all_[places_.at(append.aggregate_id)];
  }

  [[nodiscard]] auto begin() const {
    return all_.begin();
  }
  [[nodiscard]] auto end() const {
    return all_.end();
  }

private:
  void add(const append_request& append) {
    const auto [place, is_first] =
      places_.try_emplace(append.aggregate_id, all_.size());
    if (is_first)
      all_.push_back({.id = append.aggregate_id,
                      .base = append.expected_version,
                      .base_stored_in = append.expected_in});
    if (append.events.empty())
      return;
    auto& part = all_[place->second];
    part.has_events = true;
    if (append.snapshot)
      part.keep = append.snapshot->keep;
  }

  std::vector<aggregate_part> all_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

class row_builder {
public:
  /// `copied_bytes` is 0 if the events are not copied.
  row_builder(const aggregate_parts& parts, std::size_t copied_bytes)
    : parts_(parts), copies_(copied_bytes > 0) {
    copied_events_.reserve(copied_bytes);
  }

  void add(const append_request& append) {
    if (copies_)
      copy_events(append);
    else
      add_events(append);
    if (append.command_id) {
      commands_[0].add(std::string_view(append.aggregate_id));
      commands_[1].add(std::string_view(*append.command_id));
      commands_[2].add(append.last_version());
      commands_[3].add(static_cast<std::int64_t>(append.events.size()));
    }
    if (append.snapshot && !append.events.empty())
      add_snapshot(append, *append.snapshot);
  }

  void finish(batch_rows& into) {
    std::array<array_literal, 2> retention;
    std::array<array_literal, 1> unchanged;
    for (const auto& part : parts_) {
      if (copies_ && part.has_events && part.base > 0)
        into.bases.push_back({part.id, part.base, part.base_stored_in});
      if (!part.has_events) {
        unchanged[0].add(part.id);
        into.unchanged_versions.push_back(part.base);
      }
      if (part.keep > 0) {
        retention[0].add(part.id);
        retention[1].add(std::int64_t{part.keep});
      }
    }
    into.copied_events.count = copied_events_.rows();
    into.copied_events.text = copied_events_.take();
    into.copied_outbox.count = copied_outbox_.rows();
    into.copied_outbox.text = copied_outbox_.take();
    into.events = to_group(std::move(events_));
    into.commands = to_group(std::move(commands_));
    into.outbox = to_group(std::move(outbox_));
    into.snapshots = to_group(std::move(snapshots_));
    into.retention = to_group(std::move(retention));
    into.unchanged = to_group(std::move(unchanged));
  }

private:
  void add_events(const append_request& append) {
    const auto base = parts_.of(append).base;
    auto version = append.expected_version;
    for (const auto& event : append.events) {
      ++version;
      events_[0].add(std::string_view(event.id));
      events_[1].add(std::string_view(event.type));
      events_[2].add(micros(append.occurred_at));
      events_[3].add(std::string_view(append.aggregate_id));
      events_[4].add(std::string_view(append.aggregate_type));
      events_[5].add(version);
      events_[6].add(base);
      events_[7].add(std::string_view(event.data));
      events_[8].add(std::string_view(append.metadata));
      events_[9].add(std::int64_t{event.schema_version});
      events_[10].add(truth(event.publish));
      if (!event.publish)
        continue;
      outbox_[0].add(std::string_view(event.id));
      outbox_[1].add(std::string_view(append.aggregate_id));
      outbox_[2].add(version);
    }
  }

  void copy_events(const append_request& append) {
    if (append.events.empty())
      return;
    const auto occurred_at = to_string(append.occurred_at);
    auto version = append.expected_version;
    for (const auto& event : append.events) {
      ++version;
      copied_events_.add(event.id);
      copied_events_.add(event.type);
      copied_events_.add(occurred_at);
      copied_events_.add(append.aggregate_id);
      copied_events_.add(append.aggregate_type);
      copied_events_.add(version);
      copied_events_.add(event.data);
      copied_events_.add(append.metadata);
      copied_events_.add(std::int64_t{event.schema_version});
      copied_events_.add(truth(event.publish));
      copied_events_.end_row();
      if (!event.publish)
        continue;
      copied_outbox_.add(event.id);
      copied_outbox_.add(append.aggregate_id);
      copied_outbox_.add(version);
      copied_outbox_.end_row();
    }
  }

  void add_snapshot(const append_request& append,
                    const new_snapshot& snapshot) {
    snapshots_[0].add(std::string_view(append.aggregate_id));
    snapshots_[1].add(std::string_view(append.aggregate_type));
    snapshots_[2].add(append.last_version());
    snapshots_[3].add(micros(append.occurred_at));
    snapshots_[4].add(std::string_view(snapshot.data));
    snapshots_[5].add(std::int64_t{snapshot.state_version});
  }

  const aggregate_parts& parts_;
  const bool copies_;
  copy_text copied_events_;
  copy_text copied_outbox_;
  std::array<array_literal, 11> events_;
  std::array<array_literal, 4> commands_;
  std::array<array_literal, 3> outbox_;
  std::array<array_literal, 6> snapshots_;
};

// -- projections --------------------------------------------------------------

/// A change with the places of its key's columns.
struct keyed_change {
  keyed_change(const projection_change& of, const std::vector<std::size_t>& at)
    : what(&of), key(&at) {
    if (const auto& first = key_text(0))
      start = *first;
  }

  const projection_change* what;
  const std::vector<std::size_t>* key;
  /// Of the key: mostly enough to tell two apart.
  std::string_view start{};

  [[nodiscard]] bool is_remove() const {
    return what->change.what == row_change::kind::remove;
  }
  /// Null is a value of its own.
  [[nodiscard]] const std::optional<std::string>&
  key_text(std::size_t i) const {
    return what->change.cells[is_remove() ? i : (*key)[i]].text();
  }
};

/// By the rows that they change.
std::weak_ordering compare_rows(const keyed_change& a, const keyed_change& b) {
  const auto* table = a.what->table;
  if (table != b.what->table)
    if (const auto order = table->name <=> b.what->table->name; order != 0)
      return order;
  if (const auto order = a.start <=> b.start; order != 0)
    return order;
  // Two types may describe one table, and not alike.
  if (a.key->size() != b.key->size())
    return a.key->size() <=> b.key->size();
  for (std::size_t i = 0; i < a.key->size(); ++i)
    if (const auto order = a.key_text(i) <=> b.key_text(i); order != 0)
      return order;
  return std::weak_ordering::equivalent;
}

/// The last change of each row, in the order of the rows.
std::vector<keyed_change> find_newest(std::span<const append_request> batch,
                                      const places& chosen) {
  std::map<const projection_table*, std::vector<std::size_t>> keys;
  std::vector<keyed_change> all;
  for (auto place : chosen) {
    const auto& append = batch[place];
    if (!append.projection || append.events.empty()
        || append.projection->change.what == row_change::kind::none)
      continue;
    const auto* table = append.projection->table;
    auto& key = keys[table];
    if (key.empty())
      key = key_places(*table);
    all.emplace_back(*append.projection, key);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    const auto order = compare_rows(a, b);
    return order != 0 ? order < 0 : a.what->version < b.what->version;
  });
  std::vector<keyed_change> newest;
  newest.reserve(all.size());
  for (const auto& change : all)
    if (!newest.empty() && compare_rows(newest.back(), change) == 0)
      newest.back() = change;
    else
      newest.push_back(change);
  return newest;
}

void add_projections(const std::vector<keyed_change>& newest,
                     const dialect& server, batch_rows& into) {
  // Changes of one statement: same table, same kind.
  using group_key =
    std::tuple<std::string_view, row_change::kind, const projection_table*>;
  std::map<group_key, std::vector<const row*>> groups;
  std::deque<row> removed;
  for (const auto& one : newest) {
    const auto& change = one.what->change;
    const auto* cells = &change.cells;
    if (one.is_remove()) {
      cells = &removed.emplace_back(change.cells);
      removed.back().emplace_back(one.what->version);
    }
    groups[{one.what->table->name, change.what, one.what->table}].push_back(
      cells);
  }
  for (const auto& [key, rows] : groups) {
    const auto& [name, kind, table] = key;
    const bool is_remove = kind == row_change::kind::remove;
    auto types = is_remove ? key_types(*table) : column_types(*table);
    if (is_remove)
      types.push_back(column_type::bigint);
    into.projections.push_back({.table = table,
                                .are_removed = is_remove,
                                .columns = to_arrays(types, rows, server)});
  }
}

} // namespace

batch_rows build_rows(std::span<const append_request> batch,
                      const places& chosen, const dialect& server) {
  batch_rows result;
  const aggregate_parts parts{batch, chosen};
  row_builder builder{parts, server.copies_rows && is_copied(batch, chosen)
                               ? copied_bytes(batch, chosen)
                               : 0};
  for (auto place : chosen)
    builder.add(batch[place]);
  builder.finish(result);
  add_projections(find_newest(batch, chosen), server, result);
  return result;
}

} // namespace es::store::postgres

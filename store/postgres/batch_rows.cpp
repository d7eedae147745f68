#include "eventsource/store/postgres/batch_rows.hpp"

#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/column_array.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace es::store::postgres {

namespace {

/// What most events have; the server need not read it.
constexpr std::string_view no_metadata = "{}";

template <class Array, std::size_t Count>
batch_rows::group to_group(std::array<Array, Count>&& columns,
                           value_format format = value_format::text) {
  batch_rows::group result;
  result.count = columns[0].size();
  result.format = format;
  if (result.count == 0)
    return result;
  for (auto& column : columns)
    result.values.emplace_back(column.take());
  return result;
}

// Batches of all sizes go in by arrays, never by COPY: see decision 2.

/// Those of an aggregate below each other, in their order, and aggregates in
/// the order of the indexes that they are written to: a page serves those of
/// one batch one after the other.
places by_aggregate(std::span<const append_request> batch,
                    const places& chosen) {
  std::vector<std::pair<std::string_view, std::size_t>> order;
  order.reserve(chosen.size());
  for (auto place : chosen)
    order.emplace_back(batch[place].aggregate_id, place);
  std::ranges::stable_sort(order, {}, [](const auto& x) { return x.first; });
  places sorted;
  sorted.reserve(order.size());
  for (const auto& [id, place] : order)
    sorted.push_back(place);
  return sorted;
}

class row_builder {
public:
  explicit row_builder(value_format format) : format_(format) {
    // nop
  }

  /// Those of an aggregate one after the other.
  void add(const append_request& append) {
    if (append.aggregate_id != aggregate_.id) {
      end_aggregate();
      aggregate_ = {.id = append.aggregate_id, .base = append.expected_version};
    }
    if (!append.events.empty())
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
    end_aggregate();
    into.bases = std::move(bases_);
    into.events = to_group(std::move(events_), format_);
    into.outbox = to_group(std::move(outbox_), format_);
    into.commands = to_group(std::move(commands_));
    into.snapshots = to_group(std::move(snapshots_));
    into.retention = to_group(std::move(retention_));
    into.unchanged = to_group(std::move(unchanged_));
    into.unchanged_versions = std::move(unchanged_versions_);
  }

private:
  /// What the appends of one aggregate have in common.
  struct aggregate_part {
    std::string_view id{};
    version_t base = 0;
    bool has_events = false;
    int keep = 0;
  };

  void add_events(const append_request& append) {
    bases_.resize(bases_.size() + append.events.size());
    if (!std::exchange(aggregate_.has_events, true))
      bases_[bases_.size() - append.events.size()] = {aggregate_.base,
                                                      append.expected_in};
    if (append.snapshot)
      aggregate_.keep = append.snapshot->keep;
    auto version = append.expected_version;
    for (const auto& event : append.events) {
      ++version;
      events_[0].add(std::string_view(event.id));
      events_[1].add(std::string_view(event.type));
      events_[2].add(append.occurred_at);
      events_[3].add(std::string_view(append.aggregate_id));
      events_[4].add(std::string_view(append.aggregate_type));
      events_[5].add(version);
      events_[6].add(std::string_view(event.data));
      if (append.metadata == no_metadata)
        events_[7].add_null();
      else
        events_[7].add(std::string_view(append.metadata));
      events_[8].add(std::int32_t{event.schema_version});
      events_[9].add(event.publish);
      if (!event.publish)
        continue;
      outbox_[0].add(std::string_view(event.id));
      outbox_[1].add(std::string_view(append.aggregate_id));
      outbox_[2].add(version);
    }
  }

  void add_snapshot(const append_request& append,
                    const new_snapshot& snapshot) {
    snapshots_[0].add(std::string_view(append.aggregate_id));
    snapshots_[1].add(std::string_view(append.aggregate_type));
    snapshots_[2].add(append.last_version());
    snapshots_[3].add(append.occurred_at);
    snapshots_[4].add(std::string_view(snapshot.data));
    snapshots_[5].add(std::int64_t{snapshot.state_version});
  }

  void end_aggregate() {
    const auto& part = aggregate_;
    if (part.id.empty())
      return;
    if (!part.has_events) {
      unchanged_[0].add(part.id);
      unchanged_versions_.push_back(part.base);
    }
    if (part.keep > 0) {
      retention_[0].add(part.id);
      retention_[1].add(std::int64_t{part.keep});
    }
  }

  [[nodiscard]] column_array column(element_type type) const {
    return {type, format_};
  }

  const value_format format_;
  aggregate_part aggregate_;
  std::vector<batch_rows::base> bases_;
  std::array<column_array, 10> events_{
    column(element_type::text),        column(element_type::text),
    column(element_type::timestamptz), column(element_type::text),
    column(element_type::text),        column(element_type::bigint),
    column(element_type::text),        column(element_type::text),
    column(element_type::integer),     column(element_type::boolean)};
  std::array<column_array, 3> outbox_{column(element_type::text),
                                      column(element_type::text),
                                      column(element_type::bigint)};
  std::array<array_literal, 4> commands_;
  std::array<array_literal, 6> snapshots_;
  std::array<array_literal, 2> retention_;
  std::array<array_literal, 1> unchanged_;
  std::vector<version_t> unchanged_versions_;
};

// -- projections --------------------------------------------------------------

/// A change with the places of its key's columns.
struct keyed_change {
  keyed_change(const projection_change& of, const std::vector<std::size_t>& at)
    : what(&of), key(&at) {
    if (const auto* text = key_cell(0).string_if())
      start = *text;
  }

  const projection_change* what;
  const std::vector<std::size_t>* key;
  /// Of the key, if it is text: mostly enough to tell two apart.
  std::optional<std::string_view> start{};

  [[nodiscard]] bool is_remove() const {
    return what->change.what == row_change::kind::remove;
  }
  [[nodiscard]] const cell& key_cell(std::size_t i) const {
    return what->change.cells[is_remove() ? i : (*key)[i]];
  }
};

/// By the rows that they change.
std::weak_ordering compare_rows(const keyed_change& a, const keyed_change& b) {
  const auto* table = a.what->table;
  if (table != b.what->table)
    if (const auto order = table->name <=> b.what->table->name; order != 0)
      return order;
  if (a.start && b.start)
    if (const auto order = *a.start <=> *b.start; order != 0)
      return order;
  // Two types may describe one table, and not alike.
  const auto parts = std::min(a.key->size(), b.key->size());
  for (std::size_t i = a.start && b.start ? 1 : 0; i < parts; ++i)
    if (const auto order = a.key_cell(i) <=> b.key_cell(i); order != 0)
      return order;
  return a.key->size() <=> b.key->size();
}

/// The last change of each row, in the order of the rows. `chosen` are best in
/// the order of their aggregates.
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
  // Of one version the last of the batch, in which they lie, is the newest.
  const auto is_before = [](const keyed_change& a, const keyed_change& b) {
    if (const auto order = compare_rows(a, b); order != 0)
      return order < 0;
    return std::tie(a.what->version, a.what)
           < std::tie(b.what->version, b.what);
  };
  // Mostly a row's key is its aggregate's id.
  if (!std::ranges::is_sorted(all, is_before))
    std::ranges::sort(all, is_before);
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
  row_builder builder{server.binary_arrays ? value_format::binary
                                           : value_format::text};
  const auto sorted = by_aggregate(batch, chosen);
  for (auto place : sorted)
    builder.add(batch[place]);
  builder.finish(result);
  add_projections(find_newest(batch, sorted), server, result);
  return result;
}

} // namespace es::store::postgres

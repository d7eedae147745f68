#include "eventsource/store/table_changes.hpp"

#include "eventsource/domain/read_number.hpp"
#include "eventsource/domain/table_check.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace es::store {

namespace {

/// What is known of a row whose changes are folded.
struct row_fate {
  /// Nothing if the row may be there already and is added to.
  std::optional<table_change::kind> outcome{};
  /// Null before the first change.
  const row* cells = nullptr;
  /// Whether `cells` is a sum, and no change's.
  bool is_sum = false;
};

tl::unexpected<error> no_sum(const projection_table& table,
                             const projection_column& column, const cell& a,
                             const cell& b) {
  return fail(errc::statement_failed, "projection table " + table.name
                                        + ": in the column " + column.name
                                        + " \"" + *a.text() + "\" and \""
                                        + *b.text() + "\" can't be added");
}

/// Of what a cell that is not NULL holds, in whatever form.
template <class Number>
std::optional<Number> number_in(const cell& value) {
  if (const auto* number = std::get_if<Number>(&value.value()))
    return *number;
  std::string made;
  return read_number<Number>(value.text(made));
}

result<cell> sum(const projection_table& table, const projection_column& column,
                 const cell& a, const cell& b) {
  if (column.type == column_type::bigint) {
    const auto x = number_in<std::int64_t>(a);
    const auto y = number_in<std::int64_t>(b);
    std::int64_t total = 0;
    if (!x || !y || __builtin_add_overflow(*x, *y, &total))
      return no_sum(table, column, a, b);
    return cell(total);
  }
  const auto x = number_in<double>(a);
  const auto y = number_in<double>(b);
  if (!x || !y)
    return no_sum(table, column, a, b);
  return cell(*x + *y);
}

bool is_number(const projection_column& column) {
  return column.type == column_type::bigint
         || column.type == column_type::double_precision;
}

/// Calls `use` with each cell of the row's key.
template <class Use>
void for_each_key_cell(const table_change& change, Use&& use) {
  if (change.what == table_change::kind::remove)
    for (const auto& value : change.cells)
      use(value);
  else
    for (const auto place : key_places(*change.table))
      use(change.cells[place]);
}

result<void> apply(row_fate& fate, const table_change& change,
                   std::vector<std::unique_ptr<row>>& sums) {
  using kind = table_change::kind;
  if (change.what != kind::increment) {
    fate = {.outcome = change.what, .cells = &change.cells};
    return {};
  }
  if (!fate.cells || fate.outcome == kind::remove) {
    // What was removed begins anew; nothing known means that it is added to.
    if (fate.outcome == kind::remove)
      fate.outcome = kind::upsert;
    fate.cells = &change.cells;
    return {};
  }
  if (!fate.is_sum) {
    fate.cells = sums.emplace_back(std::make_unique<row>(*fate.cells)).get();
    fate.is_sum = true;
  }
  return add_cells(*change.table, *sums.back(), change.cells);
}

} // namespace

// NULL before all else.
std::string key_text(const table_change& change) {
  std::string text;
  std::string made;
  for_each_key_cell(change, [&](const cell& value) {
    text += value.is_null() ? '\0' : '\1';
    if (!value.is_null())
      text += value.text(made);
    text += '\0';
  });
  return text;
}

result<void> add_cells(const projection_table& table, row& to,
                       const row& added) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    if (is_key(table, column.name))
      continue;
    const auto& value = added[i];
    if (!is_number(column) || to[i].is_null()) {
      if (!value.is_null() || !is_number(column))
        to[i] = value;
      continue;
    }
    if (value.is_null())
      continue;
    auto total = sum(table, column, to[i], value);
    if (!total)
      return tl::unexpected(std::move(total.error()));
    to[i] = std::move(*total);
  }
  return {};
}

row key_cells(const table_change& change) {
  row key;
  for_each_key_cell(change, [&](const cell& value) { key.push_back(value); });
  return key;
}

result<void> check_cells(const table_change& change) {
  if (!change.table)
    return fail(errc::invalid, "the row change names no table");
  const auto& table = *change.table;
  const auto wanted = change.what == table_change::kind::remove
                        ? table.key.size()
                        : table.columns.size();
  if (change.cells.size() == wanted)
    return {};
  return fail(errc::invalid, "projection table " + table.name + ": the row has "
                               + std::to_string(change.cells.size())
                               + " cells where " + std::to_string(wanted)
                               + " are described");
}

result<std::vector<folded_changes>>
fold_changes(std::span<const table_change> changes,
             const std::vector<bool>& row_is_new) {
  // Sorted rather than kept in a map: of many rows that is much faster.
  struct place {
    const projection_table* table = nullptr;
    std::string key;
    std::size_t index = 0;
  };
  std::vector<place> places;
  places.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (auto fine = check_cells(changes[i]); !fine)
      return tl::unexpected(std::move(fine.error()));
    places.push_back({changes[i].table, key_text(changes[i]), i});
  }
  std::sort(places.begin(), places.end(), [&](const auto& a, const auto& b) {
    if (a.table != b.table)
      if (const auto order = a.table->name.compare(b.table->name); order != 0)
        return order < 0;
    const auto order = a.key.compare(b.key);
    return order != 0 ? order < 0 : a.index < b.index;
  });
  std::vector<folded_changes> result;
  for (std::size_t i = 0; i < places.size();) {
    const auto* table = places[i].table;
    if (result.empty() || result.back().table->name != table->name)
      result.push_back({.table = table});
    auto& into = result.back();
    row_fate fate;
    const auto begin = i;
    do
      if (auto fine = apply(fate, changes[places[i].index], into.sums); !fine)
        return tl::unexpected(std::move(fine.error()));
    while (++i < places.size() && places[i].key == places[begin].key
           && places[i].table->name == table->name);
    const auto first = places[begin].index;
    const bool is_new = first < row_is_new.size() && row_is_new[first];
    const bool is_removed = fate.outcome == table_change::kind::remove;
    if (is_new && is_removed)
      continue;
    auto& list = is_new         ? into.inserted
                 : is_removed   ? into.removed
                 : fate.outcome ? into.upserted
                                : into.incremented;
    list.push_back(fate.cells);
  }
  return result;
}

} // namespace es::store

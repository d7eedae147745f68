#include "eventsource/store/memory/projection_rows.hpp"

#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/read_number.hpp"
#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/table_changes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace es::store::memory {

namespace {

tl::unexpected<error> wrong(const projection_table& table,
                            const std::string& why) {
  return fail(errc::invalid,
              "the projection table \"" + table.name + "\": " + why);
}

/// The cell as a scan answers it, or nothing if the column's type does not have
/// this value.
std::optional<cell> normalized(column_type type, const cell& value) {
  if (value.is_null())
    return value;
  std::string made;
  const auto text = value.text(made);
  switch (type) {
    case column_type::text:
      return check_text(text, "a cell") ? std::optional{value} : std::nullopt;
    case column_type::bigint:
      if (auto number = read_number<std::int64_t>(text))
        return cell(*number);
      return std::nullopt;
    case column_type::boolean:
      if (text == "true" || text == "t")
        return cell(true);
      if (text == "false" || text == "f")
        return cell(false);
      return std::nullopt;
    case column_type::double_precision:
      if (auto number = read_number<double>(text))
        return cell(*number);
      return std::nullopt;
    case column_type::timestamptz:
      if (auto moment = parse_timestamp(text))
        return cell(*moment);
      return std::nullopt;
    case column_type::jsonb: {
      auto json = decode_json(text, "a cell");
      if (!json || !encode_json(*json))
        return std::nullopt;
      return cell(*json);
    }
  }
  return std::nullopt;
}

/// The columns that the cells of a change stand for, in their order.
std::vector<const projection_column*>
columns_of(const projection_change& change) {
  std::vector<const projection_column*> columns;
  if (change.change.what == row_change::kind::remove)
    for (const auto& name : change.table->key)
      columns.push_back(find_column(*change.table, name));
  else
    for (const auto& column : change.table->columns)
      columns.push_back(&column);
  return columns;
}

/// A key with a NULL in it is equal to none, so its removal finds no row.
bool has_null_key(const projection_change& change) {
  const auto& cells = change.change.cells;
  return change.change.what == row_change::kind::remove
         && std::any_of(cells.begin(), cells.end(),
                        [](const cell& value) { return value.is_null(); });
}

} // namespace

result<void> projection_rows::check(const projection_change& change) {
  if (change.change.what == row_change::kind::none)
    return {};
  if (!change.table)
    return fail(errc::invalid, "the projection row names no table");
  const auto& table = *change.table;
  if (auto fine = check_table(table); !fine)
    return fine;
  return check_values(change);
}

result<void> projection_rows::check_values(const projection_change& change) {
  const auto& table = *change.table;
  const auto columns = columns_of(change);
  const auto& cells = change.change.cells;
  if (cells.size() != columns.size())
    return wrong(table, "the row has " + std::to_string(cells.size())
                          + " cells where " + std::to_string(columns.size())
                          + " are described");
  const bool is_upsert = change.change.what == row_change::kind::upsert;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& name = columns[i]->name;
    if (!normalized(columns[i]->type, cells[i]))
      return wrong(table, "the column \"" + name + "\" can't hold the value \""
                            + cells[i].text().value_or("") + "\"");
    if (is_upsert && is_key(table, name) && cells[i].is_null())
      return fail(errc::statement_failed, "the projection table \"" + table.name
                                            + "\": the key column \"" + name
                                            + "\" is NULL");
  }
  return {};
}

projection_rows::key_part projection_rows::to_key_part(column_type type,
                                                       const cell& value) {
  const auto text = value.text().value_or("");
  switch (type) {
    case column_type::boolean:
      return text == "true";
    case column_type::bigint:
      return read_number<std::int64_t>(text).value_or(0);
    case column_type::double_precision:
      return read_number<double>(text).value_or(0);
    case column_type::timestamptz:
      if (auto moment = parse_timestamp(text))
        return moment->time_since_epoch().count();
      return std::int64_t{0};
    case column_type::text:
    case column_type::jsonb:
      break;
  }
  return text;
}

projection_rows::key projection_rows::key_of(const projection_change& change) {
  const auto& [what, cells] = change.change;
  const bool is_remove = what == row_change::kind::remove;
  key result;
  for (const auto place : key_places(*change.table)) {
    const auto type = change.table->columns[place].type;
    const auto& value = cells[is_remove ? result.size() : place];
    result.push_back(to_key_part(type, *normalized(type, value)));
  }
  return result;
}

void projection_rows::apply(
  const std::vector<const projection_change*>& changes) {
  std::map<std::pair<std::string_view, key>, const projection_change*> newest;
  for (const auto* change : changes) {
    if (change->change.what == row_change::kind::none || has_null_key(*change))
      continue;
    auto [i, is_new] =
      newest.try_emplace({change->table->name, key_of(*change)}, change);
    if (!is_new && change->version >= i->second->version)
      i->second = change;
  }
  for (const auto& [at, change] : newest)
    apply_one(tables_[change->table->name], at.second, *change);
}

void projection_rows::apply_one(rows_by_key& rows, key at,
                                const projection_change& change) {
  const auto& version_column = change.table->version_column;
  auto version_of = [&](const stored_row& row) -> std::optional<std::int64_t> {
    auto i = row.find(version_column);
    if (i == row.end() || i->second.is_null())
      return std::nullopt;
    return read_number<std::int64_t>(*i->second.text());
  };
  auto i = rows.find(at);
  const auto stored = i == rows.end() ? std::nullopt : version_of(i->second);
  if (change.change.what == row_change::kind::remove) {
    if (i != rows.end() && (!stored || *stored < change.version))
      rows.erase(i);
    return;
  }
  stored_row written;
  const auto columns = columns_of(change);
  for (std::size_t j = 0; j < columns.size(); ++j)
    written.emplace(columns[j]->name,
                    *normalized(columns[j]->type, change.change.cells[j]));
  if (i == rows.end()) {
    rows.emplace(std::move(at), std::move(written));
    return;
  }
  const auto given = version_of(written);
  if (!stored || (given && *stored < *given))
    for (auto& [name, value] : written)
      i->second.insert_or_assign(name, std::move(value));
}

// -- async projections --------------------------------------------------------

row projection_rows::to_row(const projection_table& table,
                            const stored_row& stored) {
  row cells;
  for (const auto& column : table.columns) {
    auto i = stored.find(column.name);
    cells.push_back(i == stored.end() ? cell{} : i->second);
  }
  return cells;
}

result<void> projection_rows::apply_one(rows_by_key& rows, const key& at,
                                        const table_change& change) {
  if (change.what == table_change::kind::remove) {
    rows.erase(at);
    return {};
  }
  const auto& columns = change.table->columns;
  row cells;
  for (std::size_t i = 0; i < columns.size(); ++i)
    cells.push_back(*normalized(columns[i].type, change.cells[i]));
  auto i = rows.find(at);
  if (change.what == table_change::kind::increment && i != rows.end()) {
    auto sums = to_row(*change.table, i->second);
    if (auto fine = add_cells(*change.table, sums, cells); !fine)
      return fine;
    cells = std::move(sums);
  }
  auto& written = rows[at];
  for (std::size_t j = 0; j < columns.size(); ++j)
    written.insert_or_assign(columns[j].name, std::move(cells[j]));
  return {};
}

result<void> projection_rows::apply(std::span<const table_change> changes,
                                    std::string_view suffix) {
  struct step {
    rows_by_key* rows;
    key at;
    std::optional<stored_row> before;
  };
  std::vector<step> done;
  auto undo = [&](error why) {
    for (auto i = done.rbegin(); i != done.rend(); ++i)
      if (i->before)
        (*i->rows)[i->at] = std::move(*i->before);
      else
        i->rows->erase(i->at);
    return tl::unexpected(std::move(why));
  };
  for (const auto& change : changes) {
    if (auto fine = check_cells(change); !fine)
      return undo(std::move(fine.error()));
    if (auto fine = check_table(*change.table, row_guard::none_needed); !fine)
      return undo(std::move(fine.error()));
    const bool is_remove = change.what == table_change::kind::remove;
    // In the form that the inline projections' rows have.
    const projection_change same{.table = change.table,
                                 .change = is_remove ? es::remove(change.cells)
                                                     : upsert(change.cells)};
    if (auto fine = check_values(same); !fine)
      return undo(std::move(fine.error()));
    if (has_null_key(same))
      continue;
    auto& rows = tables_[change.table->name + std::string(suffix)];
    auto at = key_of(same);
    auto i = rows.find(at);
    done.push_back(
      {&rows, at, i == rows.end() ? std::nullopt : std::optional{i->second}});
    if (auto fine = apply_one(rows, at, change); !fine)
      return undo(std::move(fine.error()));
  }
  return {};
}

void projection_rows::make(std::string_view table) {
  tables_.try_emplace(std::string(table));
}

void projection_rows::drop(std::string_view table) {
  if (auto i = tables_.find(table); i != tables_.end())
    tables_.erase(i);
}

void projection_rows::rename(std::string_view from, std::string_view to) {
  drop(to);
  auto node = tables_.extract(std::string(from));
  if (node.empty())
    return;
  node.key() = to;
  tables_.insert(std::move(node));
}

result<std::vector<row>> projection_rows::scan(const projection_table& table,
                                               const row& after,
                                               std::size_t limit) const {
  if (auto fine = check_table(table, row_guard::none_needed); !fine)
    return tl::unexpected(std::move(fine.error()));
  if (!after.empty() && after.size() != table.key.size())
    return wrong(table, "the key to read from has "
                          + std::to_string(after.size()) + " cells where "
                          + std::to_string(table.key.size())
                          + " are described");
  key from;
  for (std::size_t j = 0; j < after.size(); ++j) {
    const auto type = find_column(table, table.key[j])->type;
    const auto value = normalized(type, after[j]);
    if (!value)
      return wrong(table, "the key column \"" + table.key[j]
                            + "\" can't hold the value \""
                            + after[j].text().value_or("") + "\"");
    from.push_back(to_key_part(type, *value));
  }
  std::vector<row> found;
  auto rows = tables_.find(table.name);
  if (rows == tables_.end())
    return found;
  auto i =
    after.empty() ? rows->second.begin() : rows->second.upper_bound(from);
  for (; i != rows->second.end() && found.size() < limit; ++i) {
    auto& cells = found.emplace_back();
    for (const auto& column : table.columns) {
      auto stored = i->second.find(column.name);
      cells.push_back(stored == i->second.end() ? cell{} : stored->second);
    }
  }
  return found;
}

std::vector<projection_rows::size> projection_rows::sizes() const {
  std::vector<size> result;
  for (const auto& [name, rows] : tables_) {
    auto& entry = result.emplace_back(size{.table = name});
    entry.rows = static_cast<std::int64_t>(rows.size());
    for (const auto& [at, row] : rows)
      for (const auto& [column, value] : row)
        entry.bytes +=
          static_cast<std::int64_t>(value.text().value_or("").size());
  }
  return result;
}

} // namespace es::store::memory

#include "eventsource/store/postgres/projected_rows.hpp"

#include "eventsource/store/own_statement.hpp"
#include "eventsource/store/postgres/cell_arrays.hpp"
#include "eventsource/store/postgres/copy_text.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/projection_sql.hpp"
#include "eventsource/store/table_changes.hpp"

#include <set>

namespace es::store::postgres {

namespace {

using statement_maker = sql_statement (*)(const projection_table&,
                                          const table_names&);

void write_rows(connection& link, const projection_table& table,
                statement_maker statement_for,
                const std::vector<column_type>& types,
                const std::vector<const row*>& all) {
  if (all.empty())
    return;
  const auto& texts = link.texts();
  const auto columns = to_arrays(types, all, texts.server());
  link.run(statement_for(table, texts.names()), columns.values, columns.format);
}

// Of so many rows the server takes COPY for a third less of its time.
constexpr std::size_t copied_rows_min = 32;

void write_new_rows(connection& link, const projection_table& table,
                    const std::vector<const row*>& all) {
  if (all.size() < copied_rows_min || !link.texts().server().copies_rows
      || !table.registered_at_column.empty()) {
    write_rows(link, table, insert_rows, column_types(table), all);
    return;
  }
  copy_text text;
  std::string made;
  for (const auto* cells : all) {
    for (const auto& value : *cells)
      if (value.is_null())
        text.add_null();
      else
        text.add(value.text(made));
    text.end_row();
  }
  link.copy(copy_rows(table, link.texts().names()), text.take());
}

void write_folded(connection& link, const std::vector<folded_changes>& folded,
                  const std::string& suffix) {
  const auto settings = link.texts().server().shadow_settings;
  if (!suffix.empty() && !settings.empty())
    link.run_script({"shadow_settings", std::string(settings)});
  for (const auto& changes : folded) {
    auto table = *changes.table;
    table.name += suffix;
    write_new_rows(link, table, changes.inserted);
    const auto types = column_types(table);
    write_rows(link, table, remove_rows, key_types(table), changes.removed);
    write_rows(link, table, replace_rows, types, changes.upserted);
    write_rows(link, table, increment_rows, types, changes.incremented);
  }
}

/// Puts the tables' names in the place of `{name}`.
std::string fill_tables(connection& link, std::string text,
                        const projected_batch& batch) {
  for (const auto* table : batch.tables) {
    const auto placeholder = "{" + table->name + "}";
    const auto name =
      full_name(*table, link.texts().names(), batch.table_suffix);
    for (auto at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + name.size()))
      text.replace(at, placeholder.size(), name);
  }
  return text;
}

} // namespace

result<void> check_batch(const projected_batch& batch) {
  std::set<const projection_table*> checked;
  for (const auto& change : batch.changes)
    if (change.table && checked.insert(change.table).second)
      if (auto fine = check_table(*change.table, row_guard::none_needed); !fine)
        return fine;
  for (const auto& change : batch.changes)
    for (const auto& value : change.cells)
      if (const auto* text = value.string_if();
          text && text->find('\0') != std::string::npos)
        return fail(errc::invalid, "projection table " + change.table->name
                                     + ": a cell has a NUL character");
  for (const auto& own : batch.statements)
    if (auto fine = check_statement(own); !fine)
      return fine;
  return {};
}

result<void> write_projected(connection& link, const projected_batch& batch) {
  if (batch.folded) {
    write_folded(link, *batch.folded, batch.table_suffix);
  } else {
    auto folded = fold_changes(batch.changes, batch.row_is_new);
    if (!folded)
      return tl::unexpected<error>(std::move(folded.error()));
    write_folded(link, *folded, batch.table_suffix);
  }
  if (batch.statements.empty())
    return {};
  if (auto script = link.texts().server().own_statements; !script.empty())
    link.run_script({"own_statements", std::string(script)});
  for (const auto& own : batch.statements)
    link.run_once(
      {"of the projection itself", fill_tables(link, own.sql, batch)},
      own.parameters);
  return {};
}

} // namespace es::store::postgres

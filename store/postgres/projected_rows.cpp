#include "eventsource/store/postgres/projected_rows.hpp"

#include "eventsource/store/own_statement.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/projection_sql.hpp"
#include "eventsource/store/table_changes.hpp"

#include <set>

namespace es::store::postgres {

namespace {

void write_rows(connection& link, const sql_statement& statement,
                const std::vector<const row*>& all) {
  if (all.empty())
    return;
  std::vector<array_literal> columns(all.front()->size());
  for (const auto* cells : all)
    for (std::size_t i = 0; i < cells->size(); ++i)
      columns[i].add((*cells)[i].text());
  parameters values;
  for (auto& column : columns)
    values.emplace_back(std::move(column).str());
  link.run(statement, values);
}

std::string full_name(connection& link, const projection_table& table,
                      std::string_view suffix = {}) {
  return quoted_name(link.texts().names().projection_schema,
                     table.name + std::string(suffix));
}

/// Puts the tables' names in the place of `{name}`.
std::string fill_tables(connection& link, std::string text,
                        const projected_batch& batch) {
  for (const auto* table : batch.tables) {
    const auto placeholder = "{" + table->name + "}";
    const auto name = full_name(link, *table, batch.table_suffix);
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
      if (value.text() && value.text()->find('\0') != std::string::npos)
        return fail(errc::invalid, "projection table " + change.table->name
                                     + ": a cell has a NUL character");
  for (const auto& own : batch.statements)
    if (auto fine = check_statement(own); !fine)
      return fine;
  return {};
}

result<void> write_projected(connection& link, const projected_batch& batch) {
  auto folded = fold_changes(batch.changes, batch.row_is_new);
  if (!folded)
    return tl::unexpected<error>(std::move(folded.error()));
  const auto& names = link.texts().names();
  for (const auto& changes : *folded) {
    auto table = *changes.table;
    table.name += batch.table_suffix;
    write_rows(link, insert_rows(table, names), changes.inserted);
    write_rows(link, remove_rows(table, names), changes.removed);
    write_rows(link, replace_rows(table, names), changes.upserted);
    write_rows(link, increment_rows(table, names), changes.incremented);
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

// -- rebuilding ---------------------------------------------------------------

void make_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  for (const auto* table : tables) {
    const auto shadow = full_name(link, *table, suffix);
    link.run_script({"make_shadow", "CREATE TABLE IF NOT EXISTS " + shadow
                                      + " (LIKE " + full_name(link, *table)
                                      + " INCLUDING ALL)"});
    const auto grants = link.run("list_grants", {full_name(link, *table)});
    for (std::size_t i = 0; i < grants.size(); ++i)
      link.run_script({"grant", "GRANT " + std::string(grants.text(i, 0))
                                  + " ON " + shadow + " TO "
                                  + std::string(grants.text(i, 1))});
    // To fill a table and then make an index is much faster.
    const auto indexes = link.run("list_indexes", {shadow});
    for (std::size_t i = 0; i < indexes.size(); ++i)
      link.run_script(
        {"drop_index", "DROP INDEX " + std::string(indexes.text(i, 0))});
  }
}

void index_shadow_tables(connection& link,
                         std::span<const projection_table* const> tables,
                         std::string_view suffix) {
  for (const auto* table : tables) {
    const auto shadow = full_name(link, *table, suffix);
    std::set<std::string, std::less<>> there;
    const auto made = link.run("list_indexes", {shadow});
    for (std::size_t i = 0; i < made.size(); ++i)
      there.emplace(made.text(i, 1));
    const auto wanted = link.run("list_indexes", {full_name(link, *table)});
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (const auto how = wanted.text(i, 1); !there.contains(how))
        link.run_script(
          {"make_index", "CREATE INDEX ON " + shadow + std::string(how)});
  }
}

void swap_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  for (const auto* table : tables)
    link.run_script(
      {"swap_shadow", "DROP TABLE " + full_name(link, *table) + "; ALTER TABLE "
                        + full_name(link, *table, suffix) + " RENAME TO "
                        + quoted_name(table->name)});
}

void drop_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  for (const auto* table : tables)
    link.run_script({"drop_shadow", "DROP TABLE IF EXISTS "
                                      + full_name(link, *table, suffix)});
}

} // namespace es::store::postgres

#include "eventsource/store/postgres/shadow_tables.hpp"

#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/projection_sql.hpp"

#include <set>
#include <string>

namespace es::store::postgres {

void make_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  const auto& names = link.texts().names();
  for (const auto* table : tables) {
    const auto shadow = full_name(*table, names, suffix);
    link.run_script({"make_shadow", "CREATE TABLE IF NOT EXISTS " + shadow
                                      + " (LIKE " + full_name(*table, names)
                                      + " INCLUDING ALL)"});
    const auto grants = link.run("list_grants", {full_name(*table, names)});
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

bool index_shadow_tables(connection& link,
                         std::span<const projection_table* const> tables,
                         std::string_view suffix, shadow_indexes which) {
  const auto& names = link.texts().names();
  bool any = false;
  for (const auto* table : tables) {
    const auto shadow = full_name(*table, names, suffix);
    std::set<std::string, std::less<>> there;
    const auto made = link.run("list_indexes", {shadow});
    for (std::size_t i = 0; i < made.size(); ++i)
      there.emplace(made.text(i, 1));
    const auto wanted = link.run("list_indexes", {full_name(*table, names)});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto how = wanted.text(i, 1);
      const bool has_list = wanted.text(i, 2) == "t";
      if (there.contains(how)
          || (which == shadow_indexes::with_list && !has_list))
        continue;
      link.run_script(
        {"make_index", "CREATE INDEX ON " + shadow + std::string(how)});
      any = true;
    }
  }
  return any;
}

void work_off_lists(connection& link,
                    std::span<const projection_table* const> tables,
                    std::string_view suffix) {
  const auto& names = link.texts().names();
  const auto statement = link.texts().server().work_off_lists;
  if (statement.empty())
    return;
  for (const auto* table : tables)
    link.run(statement, {full_name(*table, names, suffix)});
}

void swap_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  const auto& names = link.texts().names();
  for (const auto* table : tables)
    link.run_script(
      {"swap_shadow", "DROP TABLE " + full_name(*table, names)
                        + "; ALTER TABLE " + full_name(*table, names, suffix)
                        + " RENAME TO " + quoted_name(table->name)});
}

void drop_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix) {
  const auto& names = link.texts().names();
  for (const auto* table : tables)
    link.run_script({"drop_shadow", "DROP TABLE IF EXISTS "
                                      + full_name(*table, names, suffix)});
}

} // namespace es::store::postgres

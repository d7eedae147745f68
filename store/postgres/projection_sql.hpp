#pragma once

#include "eventsource/domain/projection.hpp"
#include "eventsource/store/postgres/sql_text.hpp"

#include <string>
#include <string_view>

namespace es::store::postgres {

/// Statements for tables that users describe. Their texts depend on the table
/// alone, not on how many rows are written. The table has passed
/// `check_table`, so that its names are identifiers.

/// The table with its schema, quoted; `suffix` goes behind its name.
[[nodiscard]] std::string full_name(const projection_table& table,
                                    const table_names& names,
                                    std::string_view suffix = {});

/// Inserts or replaces rows unless the stored one is newer. One array a column,
/// in the table's order.
[[nodiscard]] sql_statement upsert_rows(const projection_table& table,
                                        const table_names& names);

/// `append`, whose last SELECT is from `stored`, and which also inserts or
/// replaces a row, unless the stored one is newer, if `stored` has one. One
/// parameter a column, the first of them $`first_parameter`.
[[nodiscard]] sql_statement append_with_row(const sql_statement& append,
                                            const projection_table& table,
                                            const table_names& names,
                                            std::size_t first_parameter);

/// Deletes rows unless the stored one is newer. One array a key column, in the
/// key's order, then the versions.
[[nodiscard]] sql_statement delete_rows(const projection_table& table,
                                        const table_names& names);

/// Inserts rows of async projections, which no version guards. One array a
/// column.
[[nodiscard]] sql_statement insert_rows(const projection_table& table,
                                        const table_names& names);

/// The same from rows as copy_text makes them. It has no place for what the
/// server fills in: the table has no `registered_at_column`.
[[nodiscard]] sql_statement copy_rows(const projection_table& table,
                                      const table_names& names);

/// Inserts as well, and replaces those that are there. One array a column.
[[nodiscard]] sql_statement replace_rows(const projection_table& table,
                                         const table_names& names);

/// Inserts, or adds the numbers outside of the key to those that are there and
/// replaces all else. One array a column.
[[nodiscard]] sql_statement increment_rows(const projection_table& table,
                                           const table_names& names);

/// Deletes. One array a key column, in the key's order.
[[nodiscard]] sql_statement remove_rows(const projection_table& table,
                                        const table_names& names);

/// A page of rows in key order. One parameter a key column if `from_key`, then
/// the number of rows at most. Cells are as the server writes them.
[[nodiscard]] sql_statement scan_rows(const projection_table& table,
                                      const table_names& names,
                                      const dialect& server, bool from_key);

/// Rows whose text column has some words, the shortest texts first. The words
/// as a text that `to_tsquery` reads, then the number of rows at most. Answers
/// what `scan_rows` does.
[[nodiscard]] sql_statement search_rows(const projection_table& table,
                                        const table_names& names,
                                        const dialect& server,
                                        std::string_view column);

/// The cell for a column's text as `scan_rows` answers it.
[[nodiscard]] cell to_cell(column_type type, std::string_view text);

} // namespace es::store::postgres

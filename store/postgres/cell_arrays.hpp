#pragma once

#include "eventsource/domain/projection.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <span>
#include <vector>

namespace es::store::postgres {

/// The cells of some rows as the parameters of a statement of projection_sql:
/// one array a column.
struct cell_arrays {
  parameters values{};
  value_format format = value_format::text;
};

/// Binary if every cell has the form that its column's type has in this
/// library; else text, and the server judges what the others mean. Each row has
/// a cell for each of the columns.
[[nodiscard]] cell_arrays to_arrays(std::span<const column_type> columns,
                                    std::span<const row* const> rows,
                                    const dialect& server);

/// The types of all columns, and of those of the key in the key's order.
[[nodiscard]] std::vector<column_type>
column_types(const projection_table& table);
[[nodiscard]] std::vector<column_type> key_types(const projection_table& table);

} // namespace es::store::postgres

#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/projection.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace es {

/// Accepts letters, digits and underscores, not beginning with a digit, 1 to 63
/// bytes: what databases keep unchanged between quotes. `what` says in the
/// error which name is wrong.
[[nodiscard]] result<void> check_identifier(std::string_view name,
                                            std::string_view what);

/// Whether rows have a version that guards them.
enum class row_guard { version, none_needed };

/// What both stores and `type_registry` ask of a projection's table. Checks the
/// names, that there are columns, none named twice, that key and version column
/// are among them, and that the version column is a bigint. If no guard is
/// needed the version column's name may be empty.
[[nodiscard]] result<void> check_table(const projection_table& table,
                                       row_guard guard = row_guard::version);

/// The column of this name; null if there is none.
[[nodiscard]] const projection_column*
find_column(const projection_table& table, std::string_view name);

/// Whether the column of this name is one of the key's.
[[nodiscard]] bool is_key(const projection_table& table, std::string_view name);

/// Where the key's columns stand among all, in the key's order. All are there:
/// the table has passed `check_table`.
[[nodiscard]] std::vector<std::size_t>
key_places(const projection_table& table);

} // namespace es

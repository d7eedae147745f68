#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/projection.hpp"
#include "eventsource/store/settings.hpp"

#include <string>
#include <string_view>

namespace es::store::postgres {

/// Accepts letters, digits and underscores, not beginning with a digit, 1 to 63
/// bytes: what PostgreSQL keeps unchanged between quotes. `what` says in the
/// error which name is wrong.
[[nodiscard]] result<void> check_identifier(std::string_view name,
                                            std::string_view what);

/// Checks all names; the error tells which.
[[nodiscard]] result<void> check_names(const table_names& names);

/// Whether rows have a version that guards them.
enum class row_guard { version, none_needed };

/// Checks the names, that key and version column are columns, that the version
/// column is a bigint, and that no column is named twice. If no guard is needed
/// the version column's name may be empty.
[[nodiscard]] result<void> check_table(const projection_table& table,
                                       row_guard guard = row_guard::version);

/// `"name"`, safe to stand in SQL text.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// `"schema"."name"`.
[[nodiscard]] std::string quoted_name(std::string_view schema,
                                      std::string_view name);

} // namespace es::store::postgres

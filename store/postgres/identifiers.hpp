#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/settings.hpp"

#include <string>
#include <string_view>

namespace es::store::postgres {

/// Checks all names; the error tells which.
[[nodiscard]] result<void> check_names(const table_names& names);

/// `"name"`, safe to stand in SQL text.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// `"schema"."name"`.
[[nodiscard]] std::string quoted_name(std::string_view schema,
                                      std::string_view name);

} // namespace es::store::postgres

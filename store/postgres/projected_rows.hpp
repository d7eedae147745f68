#pragma once

#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/subscription_store.hpp"

#include <span>
#include <string_view>

namespace es::store::postgres {

/// Checks the descriptions of the tables of a batch, and its own statements.
[[nodiscard]] result<void> check_batch(const projected_batch& batch);

/// Writes the rows of a batch, then runs its own statements, in a transaction
/// of the caller's. Throws `database_error`.
[[nodiscard]] result<void> write_projected(connection& link,
                                           const projected_batch& batch);

// -- rebuilding; all throw `database_error` -----------------------------------

/// Empty tables like these, as open to others, without the indexes that only
/// speed up reading.
void make_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix);

/// Makes the indexes that the shadows of these tables still lack.
void index_shadow_tables(connection& link,
                         std::span<const projection_table* const> tables,
                         std::string_view suffix);

/// In a transaction: these tables are dropped, their shadows take their names.
void swap_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix);

void drop_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix);

} // namespace es::store::postgres

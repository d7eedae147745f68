#pragma once

#include "eventsource/domain/projection.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <span>
#include <string_view>

namespace es::store::postgres {

/// The tables that a rebuild fills while those of the projection serve. All
/// functions throw `database_error`.

/// Empty tables like these, as open to others, without the indexes that only
/// speed up reading.
void make_shadow_tables(connection& link,
                        std::span<const projection_table* const> tables,
                        std::string_view suffix);

/// Which indexes of the shadows are made.
enum class shadow_indexes {
  /// Those that take new rows into a list, which somebody else can work off
  /// (GIN: PostgreSQL manual, "GIN Fast Update Technique").
  with_list,
  all
};

/// Makes those that the shadows of these tables still lack. Whether there was
/// any.
bool index_shadow_tables(connection& link,
                         std::span<const projection_table* const> tables,
                         std::string_view suffix, shadow_indexes which);

/// Works off the lists of the shadows' indexes.
void work_off_lists(connection& link,
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

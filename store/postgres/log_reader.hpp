#pragma once

#include "eventsource/store/event_log.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <optional>
#include <string>

namespace es::store::postgres {

/// The statements of `event_log`, each on a connection of the caller's. All
/// throw `database_error`.

/// `request` has passed `check_request`.
[[nodiscard]] log_page read_log(connection& link, const log_request& request);

[[nodiscard]] std::int64_t count_log(connection& link,
                                     const event_filter& filter);

[[nodiscard]] position log_end(connection& link);

[[nodiscard]] std::optional<position>
find_position(connection& link, std::string_view aggregate_id,
              version_t version);

[[nodiscard]] log_status read_log_status(connection& link);

/// Does nothing where the server has no notifications.
void send_hint(connection& link);

/// The channel of this database's events, by their schema and table.
[[nodiscard]] std::string hint_channel(const table_names& names);

/// Reads three columns that hold a place.
[[nodiscard]] position read_position(const rows& from, std::size_t row,
                                     std::size_t column);

/// Appends a place as three parameters.
void add_position(parameters& to, const position& place);

} // namespace es::store::postgres

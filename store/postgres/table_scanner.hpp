#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <string_view>
#include <vector>

namespace es::store::postgres {

/// The reads that go through whole tables: verification, statistics and timers.
/// All throw `database_error`.

[[nodiscard]] std::vector<recorded_event>
scan_events(connection& link, std::string_view after_aggregate_id,
            version_t after_version, std::size_t limit);

[[nodiscard]] std::vector<recorded_snapshot>
scan_snapshots(connection& link, std::string_view after_aggregate_id,
               version_t after_version, std::size_t limit);

[[nodiscard]] std::vector<outbox_entry>
scan_outbox(connection& link, std::string_view after_aggregate_id,
            version_t after_version, std::size_t limit);

/// `table` has passed `check_table`; `after` is empty or has the key's cells.
[[nodiscard]] std::vector<row> scan_projection(connection& link,
                                               const projection_table& table,
                                               const row& after,
                                               std::size_t limit);

/// `words` has at least one.
[[nodiscard]] std::vector<row> search_projection(connection& link,
                                                 const projection_table& table,
                                                 std::string_view column,
                                                 std::string_view words,
                                                 std::size_t limit);

/// As `event_store::find_timers`.
[[nodiscard]] std::vector<process_timer>
find_timers(connection& link, std::string_view process_type,
            const process_timer& after, std::size_t limit);

[[nodiscard]] statistics read_statistics(connection& link);

} // namespace es::store::postgres

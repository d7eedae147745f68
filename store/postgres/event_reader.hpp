#pragma once

#include "eventsource/domain/command.hpp"
#include "eventsource/store/event_store.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace es::store::postgres {

/// The reads of recovery and time travel, each on a connection of the caller's.
/// All throw `database_error`.

[[nodiscard]] std::vector<recovery_page>
recover(connection& link, std::span<const recovery_request> requests,
        std::size_t events_per_page);

/// A command by the aggregate it was sent to.
struct command_key {
  std::string_view aggregate_id;
  std::string_view command_id;
};

/// An entry for each key, in the same order.
[[nodiscard]] std::vector<std::optional<receipt>>
find_receipts(connection& link, std::span<const command_key> keys);

[[nodiscard]] std::vector<recorded_event>
load_events(connection& link, std::string_view aggregate_id,
            version_t from_version, std::size_t limit);

[[nodiscard]] std::optional<recorded_snapshot>
load_snapshot(connection& link, std::string_view aggregate_id,
              version_t at_most);

[[nodiscard]] version_t
version_at(connection& link, std::string_view aggregate_id, timestamp when);

/// A row of a statement that answers events.
[[nodiscard]] recorded_event read_event(const rows& from, std::size_t row);
/// How many columns `read_event` reads.
inline constexpr std::size_t event_columns = 10;

/// Where a statement that answers snapshots has their columns.
struct snapshot_columns {
  std::size_t aggregate_id = 0;
  std::size_t aggregate_type = 1;
  std::size_t version = 2;
  std::size_t state_version = 3;
  std::size_t taken_at = 4;
  std::size_t data = 5;
};

/// A row of such a statement.
[[nodiscard]] recorded_snapshot read_snapshot(const rows& from, std::size_t row,
                                              const snapshot_columns& at = {});

/// As a parameter for a LIMIT.
[[nodiscard]] std::string limit_text(std::size_t limit);

} // namespace es::store::postgres

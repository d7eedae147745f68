#pragma once

#include "eventsource/store/outbox.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <optional>
#include <span>
#include <vector>

namespace es::store::postgres {

/// The statements of `outbox_store`, each on a connection of the caller's. All
/// throw `database_error`.

[[nodiscard]] std::vector<outbox_message> load_outbox(connection& link,
                                                      outbox_partition part,
                                                      const outbox_place& after,
                                                      std::size_t limit);

[[nodiscard]] std::vector<outbox_message>
claim_outbox(connection& link, std::size_t limit,
             std::chrono::microseconds duration);

/// False if the lease was lost: then nothing was noted.
[[nodiscard]] bool settle_outbox(connection& link,
                                 const outbox_settlement& what);

[[nodiscard]] std::size_t purge_outbox(connection& link,
                                       std::chrono::microseconds age,
                                       std::size_t limit);

[[nodiscard]] outbox_lag measure_outbox(connection& link);

[[nodiscard]] std::vector<outbox_row> list_outbox(connection& link,
                                                  const outbox_place& after,
                                                  std::size_t limit,
                                                  bool dead_only);

[[nodiscard]] std::size_t retry_outbox(connection& link,
                                       std::span<const std::string> event_ids);
[[nodiscard]] std::size_t drop_outbox(connection& link,
                                      std::span<const std::string> event_ids);

[[nodiscard]] std::optional<timestamp> purged_until(connection& link);

} // namespace es::store::postgres

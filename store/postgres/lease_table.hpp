#pragma once

#include "eventsource/store/lease.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <optional>
#include <vector>

namespace es::store::postgres {

/// The statements of `lease_store`, each on a connection of the caller's. All
/// throw `database_error`.

[[nodiscard]] std::optional<held_lease>
acquire_lease(connection& link, std::string_view name, std::string_view owner,
              std::chrono::microseconds duration);

[[nodiscard]] std::optional<held_lease>
renew_lease(connection& link, const held_lease& lease,
            std::chrono::microseconds duration);

void release_lease(connection& link, const held_lease& lease);

[[nodiscard]] std::vector<lease_status> list_leases(connection& link);

/// Whether the lease is still its owner's. In a transaction it stays so until
/// the end: who wants to take the lease waits.
[[nodiscard]] bool holds_lease(connection& link, const held_lease& lease);

} // namespace es::store::postgres

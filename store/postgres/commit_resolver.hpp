#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/batch_plan.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <vector>

namespace es::store::postgres {

/// Which of the chosen appends are stored, asked by their own event ids; those
/// without events by their command id. Throws `database_error`.
[[nodiscard]] std::vector<bool>
find_stored(connection& link, std::span<const append_request> batch,
            const places& chosen);

/// Finds out what a transaction came to whose commit was not answered (promise
/// 7): reconnects, with growing pauses, until the server answers or `patience`
/// is over. An entry for each place; nothing if it can't be known.
[[nodiscard]] std::optional<std::vector<bool>>
resolve_commit(connection_pool& pool, std::span<const append_request> batch,
               const places& chosen, std::chrono::milliseconds patience);

} // namespace es::store::postgres

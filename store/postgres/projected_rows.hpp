#pragma once

#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/subscription_store.hpp"

namespace es::store::postgres {

/// Checks the descriptions of the tables of a batch, and its own statements.
[[nodiscard]] result<void> check_batch(const projected_batch& batch);

/// Writes the rows of a batch, then runs its own statements, in a transaction
/// of the caller's. Throws `database_error`.
[[nodiscard]] result<void> write_projected(connection& link,
                                           const projected_batch& batch);

} // namespace es::store::postgres

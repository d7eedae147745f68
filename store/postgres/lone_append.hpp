#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/postgres/transaction.hpp"

namespace es::store::postgres {

/// Whether `store_alone` can store this append: it has one event, and neither a
/// snapshot nor statements of its own, nor does it delete its row.
[[nodiscard]] bool can_store_alone(const append_request& append);

/// Stores one append in ONE statement, which is its own transaction, so that a
/// caller who is alone waits for one answer of the server instead of five.
/// `outrun` and `failed` mean that nothing was stored; why is found out by
/// storing it with `store_together`. A connection lost at any moment leaves it
/// `in_doubt`. Throws nothing of the server's.
[[nodiscard]] attempt store_alone(connection& link,
                                  const append_request& append);

} // namespace es::store::postgres

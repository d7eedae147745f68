#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/projection.hpp"

namespace es::store {

/// Refuses a statement of the user's own that would begin or end the
/// transaction which it shares with others (COMMIT, ROLLBACK, SAVEPOINT, ...),
/// or change the connection that others use after it (SET without LOCAL,
/// LISTEN, DISCARD, ...), with `errc::invalid`. The rest of its text is the
/// server's business.
[[nodiscard]] result<void> check_statement(const statement& own);

} // namespace es::store

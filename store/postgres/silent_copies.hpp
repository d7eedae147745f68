#pragma once

#include "eventsource/store/postgres/connection_pool.hpp"

namespace es::store::postgres {

/// Ends sessions that wait too long for the rest of a COPY, whose locks keep
/// others waiting (sql/queries/end_silent_copies.sql). Whether there were any.
/// To be asked for when a statement was cancelled; needs a connection that can
/// run statements.
bool end_silent_copies(const connection_pool& pool, connection& link) noexcept;

} // namespace es::store::postgres

#include "eventsource/store/postgres/sqlstate.hpp"

namespace es::store::postgres {

namespace {

constexpr bool doubt = true;
constexpr bool sure = false;

using enum reaction;

constexpr sqlstate_properties table[] = {
  // The connection.
  {"08", errc::unavailable, reconnect, doubt, "connection exception"},
  {"57P01", errc::unavailable, reconnect, doubt, "admin shutdown"},
  {"57P02", errc::unavailable, reconnect, doubt, "crash shutdown"},
  {"57P03", errc::unavailable, reconnect, doubt, "cannot connect now"},
  {"57P04", errc::unavailable, reconnect, doubt, "database dropped"},
  {"57P05", errc::unavailable, reconnect, doubt, "idle session timeout"},
  {"25P03", errc::unavailable, reconnect, sure, "idle in transaction"},
  {"25P04", errc::unavailable, reconnect, sure, "transaction timeout"},
  // A primary that became a standby: the next connection may find another.
  {"25006", errc::unavailable, reconnect, sure, "read-only transaction"},
  {"28", errc::unavailable, reconnect, sure, "invalid authorization"},
  {"3D000", errc::unavailable, reconnect, sure, "no such database"},
  // Other transactions.
  {"40001", errc::unavailable, retry, sure, "serialization failure"},
  {"40P01", errc::unavailable, retry, sure, "deadlock detected"},
  {"40003", errc::unavailable, reconnect, doubt, "completion unknown"},
  {"40", errc::unavailable, retry, sure, "transaction rollback"},
  {"55P03", errc::unavailable, refuse_all, sure, "lock not available"},
  {"57014", errc::unavailable, refuse_all, sure, "statement timeout"},
  // The server's own troubles.
  {"53", errc::unavailable, refuse_all, sure, "insufficient resources"},
  {"54", errc::invalid, find_culprit, sure, "program limit exceeded"},
  {"57", errc::unavailable, refuse_all, sure, "operator intervention"},
  {"58", errc::unavailable, refuse_all, sure, "system error"},
  {"F0", errc::unavailable, refuse_all, sure, "configuration file error"},
  {"XX001", errc::corrupt, refuse_all, sure, "data corrupted"},
  {"XX002", errc::corrupt, refuse_all, sure, "index corrupted"},
  {"XX", errc::statement_failed, find_culprit, sure, "internal error"},
  // The schema.
  {"26000", errc::unavailable, reconnect, sure, "statement not prepared"},
  {"3F000", errc::schema_mismatch, refuse_all, sure, "no such schema"},
  {"42P01", errc::schema_mismatch, refuse_all, sure, "no such table"},
  {"42703", errc::schema_mismatch, refuse_all, sure, "no such column"},
  {"42804", errc::schema_mismatch, refuse_all, sure, "wrong column type"},
  {"42P10", errc::schema_mismatch, refuse_all, sure, "no such unique index"},
  {"42501", errc::unavailable, refuse_all, sure, "insufficient privilege"},
  {"42", errc::statement_failed, find_culprit, sure, "wrong statement"},
  // The data.
  {"21", errc::statement_failed, find_culprit, sure, "cardinality violation"},
  {"22", errc::invalid, find_culprit, sure, "data exception"},
  {"23", errc::statement_failed, find_culprit, sure, "constraint violation"},
};

constexpr sqlstate_properties connection_lost{"", errc::unavailable, reconnect,
                                              doubt, "connection lost"};
constexpr sqlstate_properties unknown{"?", errc::statement_failed, find_culprit,
                                      sure, "server error"};

} // namespace

std::span<const sqlstate_properties> sqlstate_table() noexcept {
  return table;
}

const sqlstate_properties& lookup_sqlstate(std::string_view sqlstate) noexcept {
  // Only a server that answers sends a code.
  if (sqlstate.empty())
    return connection_lost;
  for (const auto& row : table)
    if (sqlstate.starts_with(row.code))
      return row;
  return unknown;
}

} // namespace es::store::postgres

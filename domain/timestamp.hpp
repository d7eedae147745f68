#pragma once

#include "eventsource/domain/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace es {

/// A moment in UTC. Microseconds, because that is what a PostgreSQL
/// `timestamptz` keeps: a finer value would not read back equal.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// ISO 8601 in UTC with six digits: "2024-05-01T12:00:00.000000Z".
[[nodiscard]] std::string to_string(timestamp t);

/// Reads ISO 8601 as `to_string` writes it, with 0 to 6 fraction digits, `T` or
/// a blank, and `Z` or an offset (+02, +0200, +02:00), else UTC; a date alone
/// is its midnight. Else `errc::invalid`, also beyond the years 0 to 9999.
[[nodiscard]] result<timestamp> parse_timestamp(std::string_view text);

/// Whether its year is one of 1 to 9999: stores take no other, because not all
/// that reads them back could.
[[nodiscard]] bool is_storable(timestamp t);

} // namespace es

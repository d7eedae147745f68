#pragma once

#include "eventsource/domain/error.hpp"

#include <chrono>
#include <string>

namespace es::store::postgres {

/// A connection string that libpq understands.
struct checked_dsn {
  /// The same settings as key=value pairs, with defaults of ours for what it
  /// does not set. Has the password.
  std::string text;
  /// Host, port, database and user for messages; never the password.
  std::string place;
};

/// Checks the form of `dsn` (key=value pairs or a URI), and adds
/// `connect_timeout` and `fallback_application_name` where neither the string
/// nor the environment says anything. Fails with `errc::invalid`; the message
/// is libpq's own without what it quotes, which may be a password.
[[nodiscard]] result<checked_dsn>
check_dsn(const std::string& dsn, std::chrono::milliseconds connect_timeout);

} // namespace es::store::postgres

#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace es::store {

/// Names of schemas and tables; each must be a plain SQL identifier of at most
/// 63 bytes. They are quoted wherever they are used.
struct table_names {
  std::string schema = "es";
  std::string projection_schema = "projection";
  std::string events = "events";
  std::string snapshots = "snapshots";
  std::string outbox = "outbox";
  std::string commands = "commands";
  std::string migrations = "migrations";
};

/// How the PostgreSQL store is reached and bounded.
struct postgres_settings {
  /// libpq's connection string, in either form, with every setting of libpq.
  std::string dsn;
  table_names tables{};
  /// Connections at most.
  std::size_t connections_max = 5;
  /// How long a call waits for a free connection of the pool.
  std::chrono::milliseconds connection_wait_max{10'000};
  /// For one attempt to connect; a `connect_timeout` in `dsn` wins.
  std::chrono::milliseconds connect_timeout{5'000};
  /// The server ends a statement that takes longer.
  std::chrono::milliseconds statement_timeout{30'000};
  /// A server that does not answer a statement or a commit for so long is taken
  /// for lost; 0 waits for ever.
  std::chrono::milliseconds answer_timeout{60'000};
  /// While the last appends that were alone in their batch took no longer than
  /// this, the next one's answer is looked out for in place of sleeping until
  /// it comes (docs/decisions/0010); 0 always sleeps.
  std::chrono::microseconds busy_poll_max{1'000};
  /// A connection that rested longer is checked before it is used.
  std::chrono::milliseconds check_after_idle{30'000};
  /// How often a transaction is tried again after a serialization failure or a
  /// deadlock.
  int retries_max = 5;
};

} // namespace es::store

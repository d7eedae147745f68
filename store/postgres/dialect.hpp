#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace es::store::postgres {

enum class server_kind { postgresql, cockroachdb };

/// The few places where the servers differ. All other SQL is common to both.
struct dialect {
  server_kind kind = server_kind::postgresql;
  /// Stands for {byte_order} behind a text column: ids sort by their bytes.
  std::string_view byte_order;
  // Stand for placeholders in the statements that order events (see the
  // migration "positions"): a transaction's id, from its begin on, sorts before
  // those of all transactions that have not begun.
  std::string_view transaction_type;
  std::string_view current_transaction;
  /// Above the ids of all transactions that have begun.
  std::string_view next_transaction;
  /// Below it every transaction has ended, and its rows are seen.
  std::string_view transaction_horizon;
  /// Behind a table that is read in that order.
  std::string_view log_snapshot;
  /// Where transaction ids count from a new beginning.
  std::string_view server_identity;
  /// The name of the server's process, see find_session; NULL if it has none.
  std::string_view session_name;
  /// Once a connection: gives the process a name. The word goes behind it, as a
  /// literal. Empty if processes have none.
  std::string_view name_session;
  /// Gives the events of a transaction ascending positions; a statement.
  std::string_view number_rows;
  /// Once a connection, beyond the settings common to both.
  std::string_view session;
  /// In a transaction, before a query that has to follow an index.
  std::string_view ordered_reads;
  /// In the transaction of a batch, before all else.
  std::string_view batch_settings;
  /// Stands for {hash_of_aggregate}: a number of 0 or more from a row's
  /// `p.aggregate_id`.
  std::string_view hash_of_aggregate;
  /// In a transaction, before a user's own statements.
  std::string_view own_statements;
  /// In a transaction that fills a shadow table.
  std::string_view shadow_settings;
  /// Whether COPY may be one of several statements of a transaction that is
  /// retried.
  bool copies_rows = false;
  /// Whether arrays are sent in the form that PostgreSQL reads fastest.
  bool binary_arrays = false;
  /// Before the first retry of a transaction that others got in the way of.
  std::chrono::milliseconds first_retry_pause{4};
  /// Names of the statements under sql/queries.
  std::string_view lock_migrations;
  /// Empty if the server has no way to tell.
  std::string_view table_bytes;
  /// Empty if no index takes rows into a list first.
  std::string_view work_off_lists;
  /// Begins a transaction that sees one moment and can't write; a statement.
  /// Empty if the log can't be read in one.
  std::string_view begin_moment;
  /// Empty if no transaction keeps readers of the log back.
  std::string_view horizon_holder;
  /// Empty if the server has no notifications.
  std::string_view send_hint;
};

/// From what `SELECT version()` answers.
[[nodiscard]] const dialect& dialect_for(std::string_view version) noexcept;

[[nodiscard]] const dialect& dialect_of(server_kind kind) noexcept;

} // namespace es::store::postgres

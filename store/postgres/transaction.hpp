#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/batch_rows.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

#include <functional>
#include <optional>
#include <span>

namespace es::store::postgres {

/// What one try to store some appends came to.
struct attempt {
  enum class kind {
    committed,
    /// Nothing was stored: versions or command ids are not what they have to
    /// be.
    outrun,
    /// Nothing was stored, for the reason in `failure`.
    failed,
    /// The connection was lost during COMMIT.
    in_doubt,
  };

  kind what = kind::committed;
  /// In which session it was, if that was asked for.
  session_number session = 0;
  std::optional<database_error> failure{};
  /// The append whose own statement failed.
  std::optional<std::size_t> culprit{};
  /// The projection table whose statement failed.
  const projection_table* table = nullptr;
};

/// Runs `commit`, which makes the server commit, and notes in `result` whether
/// it did: one whose connection is lost may have. That connection is closed.
/// Throws nothing.
template <class Action>
void note_commit(connection& link, attempt& result, Action&& commit) {
  try {
    commit();
  } catch (const database_error& e) {
    const bool unknown =
      e.connection_lost() || lookup_sqlstate(e.sqlstate()).in_doubt;
    if (unknown)
      link.close();
    result.what = unknown ? attempt::kind::in_doubt : attempt::kind::failed;
    result.failure = e;
  } catch (...) {
    // No memory for the answer is no answer.
    link.close();
    result.what = attempt::kind::in_doubt;
  }
}

/// Stores the chosen appends, whose rows are `rows`, in ONE transaction: all of
/// them or none. Throws nothing of the server's. After any result but
/// `committed` and `in_doubt` the connection is in no transaction. Calls
/// `meanwhile`, unless it is empty, while the server commits.
[[nodiscard]] attempt
store_together(connection& link, std::span<const append_request> batch,
               const places& chosen, batch_rows rows,
               const std::function<void()>& meanwhile = {});

} // namespace es::store::postgres

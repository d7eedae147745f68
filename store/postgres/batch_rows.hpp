#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/batch_plan.hpp"
#include "eventsource/store/postgres/cell_arrays.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <span>
#include <string>
#include <vector>

namespace es::store::postgres {

/// The rows of one transaction, as the parameters of its statements. A group
/// without rows is not sent.
struct batch_rows {
  struct group {
    parameters values{};
    std::size_t count = 0;
    value_format format = value_format::text;
  };
  struct table_rows {
    const projection_table* table = nullptr;
    /// Whether rows are deleted, or else inserted or replaced.
    bool are_removed = false;
    cell_arrays columns{};
  };

  /// The version that has to be there before the first event that the batch has
  /// of an aggregate, and the session that stored it; 0 for its other events.
  struct base {
    version_t version = 0;
    session_number stored_in = 0;
  };

  /// Without the bases, which follow from the session that stores them.
  group events;
  /// Of each event.
  std::vector<base> bases;
  group outbox;
  group commands;
  group snapshots;
  /// Aggregates with snapshots, and how many of these each keeps.
  group retention;
  /// Aggregates of which only commands are remembered.
  group unchanged;
  /// The versions that these must have, in the same order.
  std::vector<version_t> unchanged_versions;
  /// Coalesced: each row of a table once, in an order that all writers share,
  /// so that two of them do not wait for each other in a circle.
  std::vector<table_rows> projections;
};

[[nodiscard]] batch_rows build_rows(std::span<const append_request> batch,
                                    const places& chosen,
                                    const dialect& server);

} // namespace es::store::postgres

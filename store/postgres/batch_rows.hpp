#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/batch_plan.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <span>
#include <vector>

namespace es::store::postgres {

/// The rows of one transaction, as the parameters of its statements. A group
/// without rows is not sent.
struct batch_rows {
  struct group {
    parameters values{};
    std::size_t count = 0;
  };
  struct table_rows {
    const projection_table* table = nullptr;
    sql_statement statement{};
    parameters values{};
  };

  group events;
  group commands;
  group outbox;
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
                                    const table_names& names);

} // namespace es::store::postgres

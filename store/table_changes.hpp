#pragma once

#include "eventsource/domain/async_projection.hpp"
#include "eventsource/domain/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace es::store {

/// What the changes of a batch come to for one table: each key in at most one
/// of the lists, in the order of the keys, so that writers who share rows do
/// not wait for each other in a circle. The rows are those of the changes,
/// which outlive this, or `sums`.
struct folded_changes {
  const projection_table* table = nullptr;
  /// Rows that certainly are not there.
  std::vector<const row*> inserted{};
  std::vector<const row*> removed{};
  std::vector<const row*> upserted{};
  std::vector<const row*> incremented{};
  std::vector<std::unique_ptr<row>> sums{};
};

/// Applies changes of the same row to each other, in their order. In the order
/// of the tables' names. `row_is_new` is as in `projected_batch`.
/// `errc::invalid` if a row does not have the cells of its table,
/// `errc::statement_failed` if a sum can't be represented.
[[nodiscard]] result<std::vector<folded_changes>>
fold_changes(std::span<const table_change> changes,
             const std::vector<bool>& row_is_new = {});

/// Adds the cells of an increment to those of a row.
[[nodiscard]] result<void> add_cells(const projection_table& table, row& to,
                                     const row& added);

/// The cells of the key of a change, in the key's order.
[[nodiscard]] row key_cells(const table_change& change);

/// The cells of the key as one text, different for different keys.
[[nodiscard]] std::string key_text(const table_change& change);

/// Whether the change has as many cells as its table wants.
[[nodiscard]] result<void> check_cells(const table_change& change);

} // namespace es::store

#pragma once

#include "eventsource/domain/async_projection.hpp"
#include "eventsource/store/append.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace es::store::memory {

/// Projection tables by name. Rows are guarded by version as in PostgreSQL: an
/// older row never replaces a newer one.
class projection_rows {
public:
  /// Whether the change describes its table well and every cell has the type of
  /// its column (`errc::invalid`), and no key cell is NULL
  /// (`errc::statement_failed`).
  [[nodiscard]] static result<void> check(const projection_change& change);

  /// Applies the changes of one batch: the newest of each row. All passed
  /// `check`.
  void apply(const std::vector<const projection_change*>& changes);

  /// Applies the changes of async projections to the tables with `suffix`
  /// behind their names: all of them, or none if one can't be (`errc::invalid`,
  /// `errc::statement_failed`).
  [[nodiscard]] result<void> apply(std::span<const table_change> changes,
                                   std::string_view suffix);

  /// A table of another one's name goes, and takes that one's rows.
  void make(std::string_view table);
  void drop(std::string_view table);
  void rename(std::string_view from, std::string_view to);

  /// As `event_store::scan_projection`.
  [[nodiscard]] result<std::vector<row>> scan(const projection_table& table,
                                              const row& after,
                                              std::size_t limit) const;

  struct size {
    std::string table;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] std::vector<size> sizes() const;

private:
  /// A value that sorts as its column does.
  using key_part = std::variant<bool, std::int64_t, double, std::string>;
  using key = std::vector<key_part>;
  /// Cells by column name: a later description may order them otherwise.
  using stored_row = std::map<std::string, cell, std::less<>>;
  using rows_by_key = std::map<key, stored_row>;

  [[nodiscard]] static result<void>
  check_values(const projection_change& change);
  [[nodiscard]] static key_part to_key_part(column_type type,
                                            const cell& value);
  [[nodiscard]] static key key_of(const projection_change& change);
  static void apply_one(rows_by_key& rows, key at,
                        const projection_change& change);
  static result<void> apply_one(rows_by_key& rows, const key& at,
                                const table_change& change);
  static row to_row(const projection_table& table, const stored_row& stored);

  std::map<std::string, rows_by_key, std::less<>> tables_;
};

} // namespace es::store::memory

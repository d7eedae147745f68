#pragma once

#include "eventsource/tools/esctl/store_cursor.hpp"
#include "eventsource/tools/esctl/verification.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace esctl {

/// Compares the rows of one projection table with what they should be, given in
/// the order of aggregates. Only if the key is the aggregate's id can both be
/// walked side by side; otherwise what should be there is collected first.
class projection_check {
public:
  using reporter = std::function<void(finding)>;

  projection_check(es::store::event_store& store,
                   const es::projection_table& table, reporter report);

  /// What the table should hold for an aggregate: `none` and `remove` stand for
  /// no row.
  [[nodiscard]] es::result<void> expect(const std::string& aggregate_id,
                                        es::version_t version,
                                        const es::row_change& change);

  /// A row with this key may be there or not and hold anything.
  void tolerate(const std::string& aggregate_id);

  /// Everything was expected that there is.
  [[nodiscard]] es::result<void> finish();

  [[nodiscard]] std::size_t rows() const noexcept {
    return rows_;
  }

private:
  struct expected_row {
    std::string aggregate_id;
    es::version_t version = 0;
    es::row cells;
  };

  [[nodiscard]] std::vector<std::string> key_of(const es::row& cells) const;
  /// Reports rows before `key` as surplus; null if there is no row at `key`.
  [[nodiscard]] es::result<const es::row*>
  walk_to(const std::vector<std::string>& key);
  void compare(const expected_row& expected, const es::row& there);
  void missing(const expected_row& expected);
  void surplus(const es::row& there);

  const es::projection_table& table_;
  reporter report_;
  store_cursor<es::row> rows_there_;
  std::vector<std::size_t> key_places_;
  std::optional<bool> keyed_by_id_;
  std::map<std::vector<std::string>, expected_row> collected_;
  std::set<std::string> tolerated_;
  std::size_t rows_ = 0;
};

} // namespace esctl

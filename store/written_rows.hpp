#pragma once

#include "eventsource/domain/async_projection.hpp"

#include <cstdint>
#include <vector>

namespace es::store {

/// Remembers which rows were written: for certain which were not, and of the
/// others now and then one too many. A Bloom filter of 8 MiB (B. H. Bloom,
/// "Space/time trade-offs in hash coding with allowable errors", 1970) with
/// four places a row, made of one hash (A. Kirsch and M. Mitzenmacher, "Less
/// hashing, same performance", 2006): of ten million rows about one in twenty
/// is taken for written before it is. Used by one thread at a time.
class written_rows {
public:
  /// Notes the row of a change, which has the cells its table wants. Whether it
  /// was certainly not noted before.
  [[nodiscard]] bool is_first(const table_change& change);

private:
  static constexpr std::uint64_t bit_count = std::uint64_t{1} << 26;
  std::vector<std::uint64_t> words_ =
    std::vector<std::uint64_t>(bit_count / 64);
};

} // namespace es::store

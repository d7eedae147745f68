#pragma once

#include "eventsource/domain/async_projection.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace es::store {

/// Remembers which rows were written: for certain which were not, and of the
/// others now and then one too many. A Bloom filter of 8 MiB (B. H. Bloom,
/// "Space/time trade-offs in hash coding with allowable errors", 1970) that has
/// the four bits of a row in one word, so that memory is asked once (F. Putze,
/// P. Sanders and J. Singler, "Cache-, hash- and space-efficient Bloom
/// filters", 2007): of ten million rows about one in twenty is taken for
/// written before it is. Used by one thread at a time.
class written_rows {
public:
  /// Notes the row of a change, which has the cells its table wants. Whether it
  /// was certainly not noted before.
  [[nodiscard]] bool is_first(const table_change& change);

private:
  static constexpr std::size_t word_count = std::size_t{1} << 20;
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(word_count);
};

} // namespace es::store

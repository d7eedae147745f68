#pragma once

#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// A store that finds words without looking at every row.
class text_search {
public:
  virtual ~text_search() = default;

  /// As the function below, of a search that was checked. Blocks, never throws,
  /// is thread-safe.
  [[nodiscard]] virtual result<std::vector<row>>
  search_projection(const projection_table& table, std::string_view column,
                    std::string_view words, std::size_t limit) = 0;
};

/// Rows of a projection table whose text column has, for each of `words`, a
/// word that begins with it, whatever the case; the shortest texts first, then
/// in key order; at most `limit`. Words end at blanks and punctuation marks;
/// what is one word beyond ASCII is the store's own. PostgreSQL looks through
/// the whole table unless there is an index on `to_tsvector('simple',
/// CAST(column AS TEXT))`; a store that can't search reads all rows. Blocks.
/// `errc::invalid` without a word or for a column that holds no text.
[[nodiscard]] result<std::vector<row>>
search_projection(event_store& store, const projection_table& table,
                  std::string_view column, std::string_view words,
                  std::size_t limit);

/// The words to search for, in lower case: runs of letters, digits and whatever
/// is not ASCII.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

} // namespace es::store

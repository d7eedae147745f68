#include "eventsource/store/written_rows.hpp"

#include "eventsource/store/table_changes.hpp"

#include <functional>
#include <string>

namespace es::store {

bool written_rows::is_first(const table_change& change) {
  auto text = key_text(change);
  text += change.table->name;
  std::uint64_t hash = std::hash<std::string>{}(text);
  auto& word = words_[hash % word_count];
  std::uint64_t bits = 0;
  // The upper half of the hash: six bits name a bit of a word.
  hash >>= 32;
  for (int i = 0; i < 4; ++i, hash >>= 6)
    bits |= std::uint64_t{1} << (hash % 64);
  const bool is_new = (word & bits) != bits;
  word |= bits;
  return is_new;
}

} // namespace es::store

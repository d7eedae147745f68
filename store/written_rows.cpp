#include "eventsource/store/written_rows.hpp"

#include "eventsource/store/table_changes.hpp"

#include <functional>
#include <string>

namespace es::store {

bool written_rows::is_first(const table_change& change) {
  constexpr int places = 4;
  auto text = key_text(change);
  text += change.table->name;
  const std::uint64_t hash = std::hash<std::string>{}(text);
  // Odd, so that the places of a row differ.
  const auto step = (hash >> 32) | 1;
  bool is_new = false;
  for (int i = 0; i < places; ++i) {
    const auto place =
      (hash + static_cast<std::uint64_t>(i) * step) % bit_count;
    auto& word = words_[place / 64];
    const auto bit = std::uint64_t{1} << (place % 64);
    is_new = is_new || (word & bit) == 0;
    word |= bit;
  }
  return is_new;
}

} // namespace es::store

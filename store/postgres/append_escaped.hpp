#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// Whether one of eight characters is `c` (Bit Twiddling Hacks, "Determine if a
/// word has a byte equal to n").
constexpr bool has_byte(std::uint64_t eight, char c) {
  constexpr std::uint64_t each = 0x0101'0101'0101'0101;
  const auto zero_where_equal = eight ^ (each * static_cast<unsigned char>(c));
  return ((zero_where_equal - each) & ~zero_where_equal & (each << 7)) != 0;
}

template <char... Wanted>
bool has_any(std::string_view text) {
  constexpr std::size_t step = sizeof(std::uint64_t);
  const auto has_at = [text](std::size_t place) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + place, step);
    return (... || has_byte(eight, Wanted));
  };
  if (text.size() < step)
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return (... || (c == Wanted)); });
  for (std::size_t i = 0; i + step < text.size(); i += step)
    if (has_at(i))
      return true;
  return has_at(text.size() - step);
}

/// Appends `value` with a backslash before each of the special characters,
/// which `letter_of` then gives. What is in between is copied in one piece.
template <char... Special, class LetterOf>
void append_escaped(std::string& to, std::string_view value,
                    LetterOf&& letter_of) {
  // Most have none.
  if (has_any<Special...>(value)) {
    const auto is_special = [](char c) { return (... || (c == Special)); };
    auto special = std::find_if(value.begin(), value.end(), is_special);
    while (special != value.end()) {
      to.append(value.begin(), special);
      to += '\\';
      to += letter_of(*special);
      value.remove_prefix(
        static_cast<std::size_t>(special + 1 - value.begin()));
      special = std::find_if(value.begin(), value.end(), is_special);
    }
  }
  to.append(value.data(), value.size());
}

} // namespace es::store::postgres

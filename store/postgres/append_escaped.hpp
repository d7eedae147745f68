#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// Appends `value` with a backslash before each character that `is_special`
/// names, which `letter_of` then gives. What is in between is copied in one
/// piece. (`find_first_of` would search its set anew for each character.)
template <class IsSpecial, class LetterOf>
void append_escaped(std::string& to, std::string_view value,
                    IsSpecial&& is_special, LetterOf&& letter_of) {
  auto from = value.begin();
  for (;;) {
    const auto special = std::find_if(from, value.end(), is_special);
    to.append(from, special);
    if (special == value.end())
      return;
    to += '\\';
    to += letter_of(*special);
    from = special + 1;
  }
}

} // namespace es::store::postgres

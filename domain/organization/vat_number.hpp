#pragma once

#include <string>
#include <string_view>

namespace es::reference {

/// Without blanks, dots and hyphens, letters in upper case.
[[nodiscard]] std::string normalized_vat_number(std::string_view text);

/// Whether a normalized number has the form that a member state of the European
/// Union (or Northern Ireland, XI) prescribes for trade inside the Union, as
/// the Commission's VIES lists them. Says nothing about whether it was issued.
[[nodiscard]] bool is_intra_community_form(std::string_view number);

/// The forms of a member state ("FR"), as text such as "FR??999999999": `9`
/// stands for a digit, `@` for a letter, `?` for either, `*` for either, a plus
/// sign or an asterisk. Empty if there is no such member state.
[[nodiscard]] std::string intra_community_forms(std::string_view state);

} // namespace es::reference

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

} // namespace es::reference

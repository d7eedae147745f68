#pragma once

#include <string_view>

namespace es::reference {

/// Whether `code` is an officially assigned code of ISO 3166-1 alpha-2, in
/// upper case.
[[nodiscard]] bool is_country_code(std::string_view code) noexcept;

} // namespace es::reference

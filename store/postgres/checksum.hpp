#pragma once

#include <string>
#include <string_view>

namespace es::store::postgres {

/// SHA-256 of `text`, 64 hexadecimal digits.
[[nodiscard]] std::string checksum_of(std::string_view text);

} // namespace es::store::postgres

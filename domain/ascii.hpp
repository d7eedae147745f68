#pragma once

/// Letters and digits of ASCII, whatever the locale says.
namespace es::ascii {

[[nodiscard]] constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

[[nodiscard]] constexpr bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return is_lower(c) || is_upper(c);
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

} // namespace es::ascii

#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace es {

/// The whole text as a number; nothing if there is more in it, or if the number
/// does not fit into `T`.
template <class T>
[[nodiscard]] std::optional<T> read_number(std::string_view text) {
  T value{};
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return value;
}

} // namespace es

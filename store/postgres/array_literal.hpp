#pragma once

#include "eventsource/domain/timestamp.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// Builds the text form of a one-dimensional PostgreSQL array, element by
/// element: `{"a","say \"hi\"",NULL,7}`. It is sent as one parameter, so that a
/// statement's text does not depend on how many rows it writes.
class array_literal {
public:
  /// Quotes and escapes `value`, which must not contain NUL characters.
  void add(std::string_view value);
  void add(std::int64_t value);
  /// No pointer becomes a truth by itself.
  template <std::same_as<bool> Truth>
  void add(Truth value) {
    add(std::string_view{value ? "t" : "f"});
  }
  void add(timestamp moment);
  void add(const std::optional<std::string>& value);
  void add_null();

  [[nodiscard]] std::size_t size() const noexcept {
    return size_;
  }
  [[nodiscard]] bool empty() const noexcept {
    return size_ == 0;
  }

  /// The finished literal.
  [[nodiscard]] std::string str() const;
  /// The same without a copy, the last that is asked of it.
  [[nodiscard]] std::string take();

private:
  void separate();

  std::string text_ = "{";
  std::size_t size_ = 0;
};

} // namespace es::store::postgres

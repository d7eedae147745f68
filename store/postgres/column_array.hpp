#pragma once

#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/binary_array.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace es::store::postgres {

/// A column of rows on its way to the server: an array in either form.
class column_array {
public:
  column_array(element_type type, value_format format);

  /// What both forms have: text, numbers, truths and moments.
  template <class Value>
  void add(const Value& value) {
    std::visit([&](auto& array) { array.add(value); }, array_);
  }
  void add_null();

  [[nodiscard]] std::size_t size() const;

  /// The finished array, the last that is asked of it.
  [[nodiscard]] std::string take();

private:
  std::variant<array_literal, binary_array> array_;
};

} // namespace es::store::postgres

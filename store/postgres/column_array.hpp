#pragma once

#include "eventsource/domain/timestamp.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/binary_array.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace es::store::postgres {

/// A column of rows on its way to the server: an array in either form.
class column_array {
public:
  column_array(element_type type, value_format format);

  void add(std::string_view text);
  void add(std::int64_t number);
  void add(std::int32_t number);
  template <std::same_as<bool> Truth>
  void add(Truth value) {
    add_truth(value);
  }
  void add(timestamp moment);
  void add_null();

  [[nodiscard]] std::size_t size() const;

  /// The finished array, the last that is asked of it.
  [[nodiscard]] std::string take();

private:
  void add_truth(bool value);

  std::variant<array_literal, binary_array> array_;
};

} // namespace es::store::postgres

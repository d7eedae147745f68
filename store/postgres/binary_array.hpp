#pragma once

#include "eventsource/domain/timestamp.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// Types of elements by the numbers that PostgreSQL's source gives them
/// (src/include/catalog/pg_type.dat); no server may number its own types in
/// another way, since clients know the numbers.
enum class element_type : std::uint32_t {
  boolean = 16,
  bigint = 20,
  integer = 23,
  text = 25,
  double_precision = 701,
  timestamptz = 1184,
};

/// Builds the binary form of a one-dimensional array, as the server's
/// `array_recv` reads it (src/backend/utils/adt/arrayfuncs.c): dimensions,
/// whether there are nulls, the elements' type, the dimension's length and
/// lower bound; then of each element its bytes behind their number, which is -1
/// for null. What is added is of the array's type.
class binary_array {
public:
  explicit binary_array(element_type type);

  /// Room for elements of so many bytes, each with 4 for its length.
  void reserve(std::size_t bytes);

  void add(std::string_view text);
  void add(std::int64_t number);
  void add(std::int32_t number);
  /// No pointer becomes a truth by itself.
  template <std::same_as<bool> Truth>
  void add(Truth value) {
    add_truth(value);
  }
  void add(double number);
  void add(timestamp moment);
  void add_null();

  [[nodiscard]] std::size_t size() const noexcept {
    return size_;
  }

  /// The finished array, the last that is asked of it.
  [[nodiscard]] std::string take();

private:
  void add_truth(bool value);
  template <class Number>
  void add_number(Number value);

  std::string bytes_;
  std::size_t size_ = 0;
  bool has_nulls_ = false;
};

} // namespace es::store::postgres

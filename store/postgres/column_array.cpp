#include "eventsource/store/postgres/column_array.hpp"

namespace es::store::postgres {

namespace {

std::variant<array_literal, binary_array> make_array(element_type type,
                                                     value_format format) {
  if (format == value_format::binary)
    return binary_array{type};
  return array_literal{};
}

} // namespace

column_array::column_array(element_type type, value_format format)
  : array_(make_array(type, format)) {
  // nop
}

void column_array::add_null() {
  std::visit([](auto& array) { array.add_null(); }, array_);
}

std::size_t column_array::size() const {
  return std::visit([](const auto& array) { return array.size(); }, array_);
}

std::string column_array::take() {
  return std::visit([](auto& array) { return array.take(); }, array_);
}

} // namespace es::store::postgres

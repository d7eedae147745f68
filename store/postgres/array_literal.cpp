#include "eventsource/store/postgres/array_literal.hpp"

#include "eventsource/store/postgres/append_escaped.hpp"

#include <utility>

namespace es::store::postgres {

void array_literal::separate() {
  if (size_++ > 0)
    text_ += ',';
}

void array_literal::add(std::string_view value) {
  separate();
  text_ += '"';
  append_escaped<'"', '\\'>(text_, value, [](char c) { return c; });
  text_ += '"';
}

void array_literal::add(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
}

void array_literal::add(timestamp moment) {
  add(std::string_view{es::to_string(moment)});
}

void array_literal::add(const std::optional<std::string>& value) {
  if (value)
    add(std::string_view(*value));
  else
    add_null();
}

void array_literal::add_null() {
  separate();
  text_ += "NULL";
}

std::string array_literal::str() const {
  return text_ + '}';
}

std::string array_literal::take() {
  text_ += '}';
  return std::move(text_);
}

} // namespace es::store::postgres

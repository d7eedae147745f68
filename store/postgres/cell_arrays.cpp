#include "eventsource/store/postgres/cell_arrays.hpp"

#include "eventsource/domain/read_number.hpp"
#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/binary_array.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace es::store::postgres {

namespace {

element_type element_type_of(column_type type) {
  switch (type) {
    case column_type::boolean:
      return element_type::boolean;
    case column_type::bigint:
      return element_type::bigint;
    case column_type::double_precision:
      return element_type::double_precision;
    case column_type::timestamptz:
      return element_type::timestamptz;
    case column_type::text:
    case column_type::jsonb: // travels as text, see projection_sql.cpp
      break;
  }
  return element_type::text;
}

/// Of the form that `to_string` gives a time.
std::optional<timestamp> read_moment(std::string_view text) {
  constexpr std::string_view form = "2000-01-01T00:00:00.000000Z";
  if (text.size() != form.size() || text[10] != 'T' || text.back() != 'Z')
    return std::nullopt;
  const auto moment = parse_timestamp(text);
  if (!moment || !is_storable(*moment))
    return std::nullopt;
  return *moment;
}

template <class Value>
bool add_read(binary_array& to, const std::optional<Value>& value) {
  if (value)
    to.add(*value);
  return value.has_value();
}

/// False if `text` does not have the form that this library gives the type.
bool add_text(binary_array& to, column_type type, std::string_view text) {
  switch (type) {
    case column_type::boolean: {
      const bool is_true = text == "true";
      to.add(is_true);
      return is_true || text == "false";
    }
    case column_type::bigint:
      return add_read(to, read_number<std::int64_t>(text));
    case column_type::double_precision: {
      const auto number = read_number<double>(text);
      // Of the others there are several that say the same.
      return add_read(to, number) && std::isfinite(*number);
    }
    case column_type::timestamptz:
      return add_read(to, read_moment(text));
    case column_type::text:
    case column_type::jsonb:
      break;
  }
  to.add(text);
  return true;
}

/// What has the column's type as it is; false if it has another.
struct typed_element {
  binary_array& to;
  column_type type;

  bool operator()(std::monostate) const {
    to.add_null();
    return true;
  }
  bool operator()(const std::string& text) const {
    return add_text(to, type, text);
  }
  bool operator()(bool value) const {
    return add_if(type == column_type::boolean, value);
  }
  bool operator()(std::int64_t value) const {
    return add_if(type == column_type::bigint, value);
  }
  bool operator()(double value) const {
    return add_if(type == column_type::double_precision && std::isfinite(value),
                  value);
  }
  bool operator()(timestamp value) const {
    return add_if(type == column_type::timestamptz && is_storable(value),
                  value);
  }

  template <class Value>
  bool add_if(bool fits, Value value) const {
    if (fits)
      to.add(value);
    return fits;
  }
};

/// Empty if a cell does not fit.
std::optional<std::string> to_bytes(std::size_t place, column_type type,
                                    std::span<const row* const> rows) {
  constexpr std::size_t length_bytes = 4;
  constexpr std::size_t number_bytes = 8;
  std::size_t bytes_max = 0;
  for (const auto* cells : rows) {
    const auto* text = (*cells)[place].string_if();
    bytes_max += length_bytes + std::max(text ? text->size() : 0, number_bytes);
  }
  binary_array array{element_type_of(type)};
  array.reserve(bytes_max);
  std::string made;
  for (const auto* cells : rows) {
    const auto& value = (*cells)[place];
    if (!std::visit(typed_element{array, type}, value.value())
        && !add_text(array, type, value.text(made)))
      return std::nullopt;
  }
  return array.take();
}

std::optional<parameters> to_bytes(std::span<const column_type> columns,
                                   std::span<const row* const> rows) {
  parameters result;
  result.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto bytes = to_bytes(i, columns[i], rows);
    if (!bytes)
      return std::nullopt;
    result.emplace_back(std::move(*bytes));
  }
  return result;
}

parameters to_texts(std::size_t columns, std::span<const row* const> rows) {
  parameters result;
  result.reserve(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    array_literal column;
    for (const auto* cells : rows)
      column.add((*cells)[i].text());
    result.emplace_back(column.take());
  }
  return result;
}

} // namespace

cell_arrays to_arrays(std::span<const column_type> columns,
                      std::span<const row* const> rows, const dialect& server) {
  if (server.binary_arrays)
    if (auto bytes = to_bytes(columns, rows))
      return {std::move(*bytes), value_format::binary};
  return {to_texts(columns.size(), rows), value_format::text};
}

std::vector<column_type> column_types(const projection_table& table) {
  std::vector<column_type> types;
  types.reserve(table.columns.size());
  for (const auto& column : table.columns)
    types.push_back(column.type);
  return types;
}

std::vector<column_type> key_types(const projection_table& table) {
  std::vector<column_type> types;
  types.reserve(table.key.size());
  for (const auto place : key_places(table))
    types.push_back(table.columns[place].type);
  return types;
}

} // namespace es::store::postgres

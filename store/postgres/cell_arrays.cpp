#include "eventsource/store/postgres/cell_arrays.hpp"

#include "eventsource/domain/read_number.hpp"
#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace es::store::postgres {

namespace {

/// As the server's source has them (src/include/catalog/pg_type.dat); no server
/// may number its own types in another way, since clients know the numbers.
std::uint32_t type_number(column_type type) {
  switch (type) {
    case column_type::boolean:
      return 16;
    case column_type::bigint:
      return 20;
    case column_type::double_precision:
      return 701;
    case column_type::timestamptz:
      return 1184;
    case column_type::text:
    case column_type::jsonb: // travels as text, see projection_sql.cpp
      break;
  }
  return 25;
}

/// Writes into a text that is long enough.
class byte_writer {
public:
  explicit byte_writer(std::string& to) : begin_(to.data()), at_(begin_) {
    // nop
  }

  /// In the order of the network, highest byte first.
  template <std::unsigned_integral Number>
  void add(Number value) {
    for (std::size_t i = sizeof value; i > 0; --i)
      *at_++ = static_cast<char>(value >> (8 * (i - 1)));
  }

  template <std::unsigned_integral Number>
  void add_element(Number value) {
    add(static_cast<std::uint32_t>(sizeof value));
    add(value);
  }

  void add_element(std::string_view value) {
    add(static_cast<std::uint32_t>(value.size()));
    at_ = std::copy(value.begin(), value.end(), at_);
  }

  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(at_ - begin_);
  }

private:
  char* begin_;
  char* at_;
};

/// Microseconds since 2000, of the form that a cell makes of a `timestamp`.
std::optional<std::int64_t> read_moment(std::string_view text) {
  constexpr std::string_view form = "2000-01-01T00:00:00.000000Z";
  constexpr timestamp year_2000{
    std::chrono::sys_days{std::chrono::year{2000} / std::chrono::January / 1}};
  // The year 0 is none of the server's.
  if (text.size() != form.size() || text[10] != 'T' || text.back() != 'Z'
      || text.starts_with("0000"))
    return std::nullopt;
  const auto moment = parse_timestamp(text);
  if (!moment)
    return std::nullopt;
  return (*moment - year_2000).count();
}

/// False if `text` does not have the form that this library gives the type.
bool add_element(byte_writer& to, column_type type, std::string_view text) {
  switch (type) {
    case column_type::boolean: {
      const bool is_true = text == "true";
      to.add_element(static_cast<std::uint8_t>(is_true));
      return is_true || text == "false";
    }
    case column_type::bigint: {
      const auto number = read_number<std::int64_t>(text);
      to.add_element(static_cast<std::uint64_t>(number.value_or(0)));
      return number.has_value();
    }
    case column_type::double_precision: {
      const auto number = read_number<double>(text);
      to.add_element(std::bit_cast<std::uint64_t>(number.value_or(0)));
      // Of the others there are several that say the same.
      return number && std::isfinite(*number);
    }
    case column_type::timestamptz: {
      const auto moment = read_moment(text);
      to.add_element(static_cast<std::uint64_t>(moment.value_or(0)));
      return moment.has_value();
    }
    case column_type::text:
    case column_type::jsonb:
      break;
  }
  to.add_element(text);
  return true;
}

/// What `array_recv` of the server reads: dimensions, whether there are nulls,
/// the elements' type, the dimension's length and lower bound; then of each
/// element its bytes behind their number, which is -1 for null. Empty if a cell
/// does not fit.
std::optional<std::string> to_bytes(std::size_t place, column_type type,
                                    std::span<const row* const> rows) {
  constexpr std::size_t head_bytes = 20;
  constexpr std::size_t number_bytes = 8;
  constexpr std::uint32_t null_length = 0xffff'ffff;
  bool has_nulls = false;
  auto bytes_max = head_bytes;
  for (const auto* cells : rows) {
    const auto& text = (*cells)[place].text();
    has_nulls |= !text;
    bytes_max +=
      sizeof null_length + (text ? std::max(text->size(), number_bytes) : 0);
  }
  std::string bytes(bytes_max, '\0');
  byte_writer to{bytes};
  to.add(std::uint32_t{1});
  to.add(std::uint32_t{has_nulls});
  to.add(type_number(type));
  to.add(static_cast<std::uint32_t>(rows.size()));
  to.add(std::uint32_t{1});
  for (const auto* cells : rows) {
    const auto& text = (*cells)[place].text();
    if (!text)
      to.add(null_length);
    else if (!add_element(to, type, *text))
      return std::nullopt;
  }
  bytes.resize(to.size());
  return bytes;
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
    result.emplace_back(std::move(column).str());
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

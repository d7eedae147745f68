// Values between NUL characters, as they come from users, in the forms that
// PostgreSQL reads. The readers here follow its manual, not our writers.

#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/cell_arrays.hpp"
#include "eventsource/store/postgres/copy_text.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace es::store::postgres;

namespace {

using values = std::vector<std::string>;

/// COPY's text format, one column: lines, with backslash escapes.
values read_copy(std::string_view text) {
  values rows{{}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    ES_LAW(text[i] != '\t' && text[i] != '\r');
    if (text[i] == '\n') {
      rows.emplace_back();
    } else if (text[i] == '\\') {
      ES_LAW(++i < text.size());
      const char c = text[i];
      // Others stand for themselves, but these have meanings of their own.
      ES_LAW(c != 'N' && c != '.' && c != 'b' && c != 'f' && c != 'v'
             && c != 'x' && (c < '0' || c > '7'));
      rows.back() += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    } else {
      rows.back() += text[i];
    }
  }
  return rows;
}

/// An array literal of quoted elements.
values read_array(std::string_view text) {
  values elements;
  ES_LAW(text.size() >= 2 && text.front() == '{' && text.back() == '}');
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!elements.empty())
      ES_LAW(text[i++] == ',');
    ES_LAW(i < text.size() && text[i] == '"');
    std::string element;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\')
        ES_LAW(++i < text.size());
      element += text[i];
    }
    ES_LAW(i < text.size());
    elements.push_back(std::move(element));
  }
  return elements;
}

/// Takes a number of four bytes, highest first, off the front.
std::uint32_t take_number(std::string_view& bytes) {
  ES_LAW(bytes.size() >= 4);
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4))
    value = value << 8 | static_cast<unsigned char>(c);
  bytes.remove_prefix(4);
  return value;
}

/// A binary array of texts without NULL.
values read_binary_array(std::string_view bytes) {
  constexpr std::uint32_t type_text = 25;
  ES_LAW(take_number(bytes) == 1);
  ES_LAW(take_number(bytes) == 0);
  ES_LAW(take_number(bytes) == type_text);
  const auto count = take_number(bytes);
  ES_LAW(take_number(bytes) == 1);
  values elements;
  while (!bytes.empty()) {
    const auto size = take_number(bytes);
    ES_LAW(size <= bytes.size());
    elements.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  ES_LAW(elements.size() == count);
  return elements;
}

std::string read_name(std::string_view text) {
  ES_LAW(text.size() >= 2 && text.front() == '"' && text.back() == '"');
  std::string name;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      ES_LAW(++i < text.size() && text[i] == '"');
    name += text[i];
  }
  return name;
}

void check_binary_array(const values& given) {
  const std::vector<es::column_type> columns{es::column_type::text};
  std::vector<es::row> cells;
  for (const auto& value : given)
    cells.push_back({es::cell(value)});
  std::vector<const es::row*> rows;
  for (const auto& one : cells)
    rows.push_back(&one);
  const auto column =
    to_arrays(columns, rows, dialect_of(server_kind::postgresql));
  ES_LAW(column.format == value_format::binary);
  ES_LAW(read_binary_array(*column.values.at(0)) == given);
}

void check_name(const std::string& name) {
  ES_LAW(read_name(quoted_name(name)) == name);
  if (es::check_identifier(name, "a name"))
    ES_LAW(quoted_name(name) == '"' + name + '"');
}

} // namespace

ES_FUZZ_TARGET(text) {
  values given;
  copy_text rows;
  array_literal array;
  for (es::fuzz::input in{text}; !in.empty();) {
    given.emplace_back(in.take_until('\0'));
    rows.add(given.back());
    rows.end_row();
    array.add(std::string_view(given.back()));
    check_name(given.back());
  }
  if (given.empty())
    return;
  ES_LAW(read_copy(rows.take()) == given);
  ES_LAW(read_array(array.str()) == given);
  check_binary_array(given);
}

#include "eventsource/store/postgres/copy_text.hpp"

#include "eventsource/store/postgres/append_escaped.hpp"

#include <charconv>
#include <utility>

namespace es::store::postgres {

namespace {

char escape_letter(char c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return c;
  }
}

} // namespace

void copy_text::begin_cell() {
  if (in_row_)
    text_ += '\t';
  else if (rows_ > 0)
    text_ += '\n';
  in_row_ = true;
}

void copy_text::add(std::string_view value) {
  begin_cell();
  append_escaped<'\\', '\n', '\r', '\t'>(text_, value, escape_letter);
}

void copy_text::add(std::int64_t value) {
  begin_cell();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text_.append(digits, end);
}

void copy_text::add_null() {
  begin_cell();
  text_ += "\\N";
}

void copy_text::end_row() {
  ++rows_;
  in_row_ = false;
}

std::string copy_text::take() {
  rows_ = 0;
  in_row_ = false;
  return std::exchange(text_, {});
}

} // namespace es::store::postgres

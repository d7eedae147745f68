#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// Rows in the text format of COPY ... FROM STDIN: columns between tabs, a row
/// a line, and a backslash before what would be taken for either
/// (PostgreSQL manual, COPY, "Text Format").
class copy_text {
public:
  /// Room for so many bytes, so that what is added is copied once.
  void reserve(std::size_t bytes) {
    text_.reserve(bytes);
  }
  void add(std::string_view value);
  void add(std::int64_t value);
  void add_null();
  void end_row();

  [[nodiscard]] std::size_t rows() const noexcept {
    return rows_;
  }

  /// All rows, without the last line's end.
  [[nodiscard]] std::string take();

private:
  void begin_cell();

  std::string text_;
  std::size_t rows_ = 0;
  bool in_row_ = false;
};

} // namespace es::store::postgres

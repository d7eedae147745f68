#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esctl {

/// One record of a CSV file, or why there is none at this place.
struct csv_record {
  /// Of the record's first character, from 1.
  std::size_t line = 0;
  std::vector<std::string> fields;
  /// Empty for a good record; otherwise what is wrong, and `fields` is empty.
  std::string malformed;
};

/// Reads CSV as RFC 4180 has it: fields in quotes may hold commas, doubled
/// quotes and line breaks; lines end with CRLF or LF; a byte order mark is
/// skipped. After a malformed record it goes on at the line after the one on
/// which that record began.
class csv_reader {
public:
  /// A longer field is taken for one whose closing quote is missing.
  static constexpr std::size_t field_bytes_max = 64 * 1024;

  /// `text` must outlive the reader.
  explicit csv_reader(std::string_view text);

  /// The next record; nothing at the end. Empty lines are skipped.
  std::optional<csv_record> next();

  /// How many bytes have been read, for progress.
  [[nodiscard]] std::size_t position() const noexcept {
    return at_;
  }

private:
  std::string read_fields(std::vector<std::string>& fields);
  std::string read_quoted(std::string& field);
  std::string read_plain(std::string& field);
  [[nodiscard]] bool at_line_end() const noexcept;
  void skip_line_end();
  void skip_rest_of_line();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

} // namespace esctl

#include "eventsource/tools/esctl/csv_reader.hpp"

namespace esctl {

csv_reader::csv_reader(std::string_view text) : text_(text) {
  if (text_.starts_with("\xef\xbb\xbf"))
    at_ = 3;
}

std::optional<csv_record> csv_reader::next() {
  while (at_ < text_.size() && at_line_end())
    skip_line_end();
  if (at_ >= text_.size())
    return std::nullopt;
  csv_record record;
  record.line = line_;
  const auto start = at_;
  record.malformed = read_fields(record.fields);
  if (record.malformed.empty())
    return record;
  record.fields.clear();
  at_ = start;
  line_ = record.line;
  skip_rest_of_line();
  return record;
}

/// Gives what is wrong, or nothing.
std::string csv_reader::read_fields(std::vector<std::string>& fields) {
  for (;;) {
    std::string field;
    auto quoted = at_ < text_.size() && text_[at_] == '"';
    auto wrong = quoted ? read_quoted(field) : read_plain(field);
    if (!wrong.empty())
      return wrong;
    fields.push_back(std::move(field));
    if (at_ >= text_.size())
      return {};
    if (at_line_end()) {
      skip_line_end();
      return {};
    }
    ++at_; // the comma
  }
}

std::string csv_reader::read_quoted(std::string& field) {
  ++at_;
  for (; at_ < text_.size(); ++at_) {
    auto c = text_[at_];
    if (c == '"') {
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
      } else {
        ++at_;
        if (at_ < text_.size() && text_[at_] != ',' && !at_line_end())
          return "text after the closing quote of a field";
        return {};
      }
    }
    if (c == '\n')
      ++line_;
    if (field.size() >= field_bytes_max)
      return "a quoted field is longer than 64 KiB; its closing quote may be "
             "missing";
    field += c;
  }
  return "the closing quote of a field is missing";
}

std::string csv_reader::read_plain(std::string& field) {
  for (; at_ < text_.size() && text_[at_] != ',' && !at_line_end(); ++at_) {
    if (text_[at_] == '"')
      return "a quote inside a field that is not quoted";
    if (field.size() >= field_bytes_max)
      return "a field is longer than 64 KiB";
    field += text_[at_];
  }
  return {};
}

bool csv_reader::at_line_end() const noexcept {
  if (text_[at_] == '\n')
    return true;
  return text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
}

void csv_reader::skip_line_end() {
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
}

void csv_reader::skip_rest_of_line() {
  auto end = text_.find('\n', at_);
  if (end == std::string_view::npos) {
    at_ = text_.size();
  } else {
    at_ = end + 1;
    ++line_;
  }
}

} // namespace esctl

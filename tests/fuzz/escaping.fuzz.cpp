// Values between NUL characters, as they come from users, in the forms that
// PostgreSQL reads. The readers here follow its manual, not our writers.

#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/copy_text.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <string>
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
}

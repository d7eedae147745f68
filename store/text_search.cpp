#include "eventsource/store/text_search.hpp"

#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/table_check.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace es::store {

namespace {

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t characters(const row& cells, std::size_t column) {
  const auto text = cells[column].text().value();
  return static_cast<std::size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Where the column is that is searched.
result<std::size_t> check_search(const projection_table& table,
                                 std::string_view column,
                                 std::string_view words) {
  const auto* searched = find_column(table, column);
  if (!searched || searched->type != column_type::text)
    return fail(errc::invalid, "the projection table \"" + table.name
                                 + "\" has no text column \""
                                 + std::string(column) + "\" to search");
  if (auto fine = check_text(words, "the words to search for"); !fine)
    return tl::unexpected(std::move(fine.error()));
  if (words_of(words).empty())
    return fail(errc::invalid, "\"" + std::string(words)
                                 + "\" has no word to search for: give at "
                                   "least one letter or digit");
  return static_cast<std::size_t>(searched - table.columns.data());
}

/// Of all rows, in key order, those that are found.
std::vector<row> find_words(std::vector<row> all, std::size_t column,
                            std::string_view words, std::size_t limit) {
  const auto wanted = words_of(words);
  std::erase_if(all, [&](const row& cells) {
    if (cells[column].is_null())
      return true;
    const auto there = words_of(*cells[column].text());
    return !std::all_of(wanted.begin(), wanted.end(), [&](const auto& word) {
      return std::any_of(there.begin(), there.end(), [&](const auto& each) {
        return each.starts_with(word);
      });
    });
  });
  std::stable_sort(all.begin(), all.end(), [&](const row& a, const row& b) {
    return characters(a, column) < characters(b, column);
  });
  if (all.size() > limit)
    all.resize(limit);
  return all;
}

} // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (char each : text) {
    const auto c = lower(each);
    const bool continues = std::exchange(inside, is_of_word(c));
    if (!inside)
      continue;
    if (!continues)
      words.emplace_back();
    words.back() += c;
  }
  return words;
}

result<std::vector<row>> search_projection(event_store& store,
                                           const projection_table& table,
                                           std::string_view column,
                                           std::string_view words,
                                           std::size_t limit) {
  const auto place = check_search(table, column, words);
  if (!place)
    return tl::unexpected(place.error());
  if (auto* quick = dynamic_cast<text_search*>(&store))
    return quick->search_projection(table, column, words, limit);
  auto all =
    store.scan_projection(table, {}, std::numeric_limits<std::size_t>::max());
  if (!all)
    return all;
  return find_words(std::move(*all), *place, words, limit);
}

} // namespace es::store

#include "eventsource/testing/line_diff.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace es::testing {

namespace {

using lines = std::vector<std::string_view>;

struct marked_line {
  char mark;
  std::string_view text;
};

/// Equal lines that are shown before and after a difference.
constexpr std::size_t context = 3;

/// Above so many pairs of lines the parts that differ are shown as a whole: a
/// diff that long is read by nobody line by line.
constexpr std::size_t table_max = 4'000'000;

lines split(std::string_view text) {
  lines all;
  while (!text.empty()) {
    auto end = text.find('\n');
    all.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + 1);
  }
  return all;
}

void mark_all(std::vector<marked_line>& out, char mark, const lines& from,
              std::size_t begin, std::size_t end) {
  for (auto i = begin; i < end; ++i)
    out.push_back({mark, from[i]});
}

/// The parts between the equal beginnings and ends, by the longest sequence of
/// lines that both have.
void mark_middle(std::vector<marked_line>& out, const lines& left,
                 const lines& right) {
  const auto n = left.size();
  const auto m = right.size();
  if (n * m > table_max) {
    mark_all(out, '-', left, 0, n);
    mark_all(out, '+', right, 0, m);
    return;
  }
  // longest[i][j]: of what follows i and j.
  std::vector<std::vector<std::size_t>> longest(
    n + 1, std::vector<std::size_t>(m + 1, 0));
  for (auto i = n; i-- > 0;)
    for (auto j = m; j-- > 0;)
      longest[i][j] = left[i] == right[j]
                        ? longest[i + 1][j + 1] + 1
                        : std::max(longest[i + 1][j], longest[i][j + 1]);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < n && j < m) {
    if (left[i] == right[j]) {
      out.push_back({' ', left[i]});
      ++i;
      ++j;
    } else if (longest[i + 1][j] >= longest[i][j + 1]) {
      out.push_back({'-', left[i++]});
    } else {
      out.push_back({'+', right[j++]});
    }
  }
  mark_all(out, '-', left, i, n);
  mark_all(out, '+', right, j, m);
}

std::vector<marked_line> mark(const lines& left, const lines& right) {
  const auto shorter = std::min(left.size(), right.size());
  std::size_t head = 0;
  while (head < shorter && left[head] == right[head])
    ++head;
  std::size_t tail = 0;
  while (tail < shorter - head
         && left[left.size() - 1 - tail] == right[right.size() - 1 - tail])
    ++tail;
  auto middle = [&](const lines& all) {
    return lines(all.begin() + static_cast<std::ptrdiff_t>(head),
                 all.end() - static_cast<std::ptrdiff_t>(tail));
  };
  std::vector<marked_line> out;
  mark_all(out, ' ', left, 0, head);
  mark_middle(out, middle(left), middle(right));
  mark_all(out, ' ', left, left.size() - tail, left.size());
  return out;
}

} // namespace

std::string line_diff(std::string_view expected, std::string_view actual) {
  if (expected == actual)
    return {};
  const auto all = mark(split(expected), split(actual));
  std::vector<bool> shown(all.size(), false);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].mark != ' ')
      for (auto j = i - std::min(i, context);
           j < std::min(all.size(), i + context + 1); ++j)
        shown[j] = true;
  std::string out;
  bool skipping = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (shown[i]) {
      out += all[i].mark;
      out += ' ';
      out += all[i].text;
      out += '\n';
    } else if (!skipping) {
      out += "  ...\n";
    }
    skipping = !shown[i];
  }
  // They differ in nothing but the last line's end.
  if (out.find_first_not_of(" .\n") == std::string::npos)
    return "- " + std::string(expected) + "\n+ " + std::string(actual) + "\n";
  return out;
}

std::string pretty_json(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded())
    return std::string(text);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (auto line : split(text)) {
    out += indent;
    out += line;
    out += '\n';
  }
  return out;
}

} // namespace es::testing

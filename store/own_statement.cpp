#include "eventsource/store/own_statement.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace es::store {

namespace {

constexpr std::array<std::string_view, 9> transaction_commands = {
  "ABORT",   "BEGIN",    "COMMIT",    "END",   "PREPARE",
  "RELEASE", "ROLLBACK", "SAVEPOINT", "START",
};

// The connection outlives the transaction and serves others after it.
constexpr std::array<std::string_view, 7> session_commands = {
  "DEALLOCATE", "DISCARD", "LISTEN", "LOAD", "RESET", "SET", "UNLISTEN",
};

/// Removes one comment from the front; those between /* and */ nest.
bool skip_comment(std::string_view& sql) {
  if (sql.starts_with("--")) {
    const auto end = sql.find('\n');
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    return true;
  }
  if (!sql.starts_with("/*"))
    return false;
  int depth = 0;
  do {
    if (sql.starts_with("/*") || sql.starts_with("*/")) {
      depth += sql.front() == '/' ? 1 : -1;
      sql.remove_prefix(2);
    } else {
      sql.remove_prefix(1);
    }
  } while (depth > 0 && !sql.empty());
  return true;
}

/// Takes the first word, in capitals, from the front. Semicolons before it are
/// statements too, empty ones, which the server skips.
std::string take_word(std::string_view& sql) {
  constexpr std::string_view skipped = " \t\r\n\f\v;";
  for (;;) {
    sql.remove_prefix(std::min(sql.find_first_not_of(skipped), sql.size()));
    if (!skip_comment(sql))
      break;
  }
  std::string word;
  while (!sql.empty()) {
    char c = sql.front();
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    if (c < 'A' || c > 'Z')
      break;
    word += c;
    sql.remove_prefix(1);
  }
  return word;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words,
              std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

result<void> check_statement(const statement& own) {
  std::string_view rest = own.sql;
  const auto word = take_word(rest);
  if (contains(transaction_commands, word))
    return fail(errc::invalid,
                "a statement of the aggregate's own begins with " + word
                  + ", but the transaction belongs to the store and to other "
                    "aggregates; leave that statement out");
  if (!contains(session_commands, word))
    return {};
  if (word == "SET") {
    const auto what = take_word(rest);
    if (what == "LOCAL" || what == "CONSTRAINTS")
      return {};
  }
  return fail(errc::invalid,
              "a statement of the aggregate's own begins with " + word
                + ", but the connection serves other aggregates after it; "
                  "leave it out, or use SET LOCAL");
}

} // namespace es::store

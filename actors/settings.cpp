#include "eventsource/actors/settings.hpp"

#include "eventsource/actors/settings_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace es::actors {

namespace {

/// Text as a command line has it in the form of its key.
raw_setting raw_of(const setting_key& key, std::string_view text) {
  if (key.kind == setting_kind::boolean && (text == "true" || text == "false"))
    return text == "true";
  if (key.kind == setting_kind::count || key.kind == setting_kind::size) {
    std::int64_t number = 0;
    auto end = text.data() + text.size();
    auto [rest, failed] = std::from_chars(text.data(), end, number);
    if (failed == std::errc{} && rest == end)
      return number;
  }
  return std::string(text);
}

/// Replaces what stands between two places by "***".
void hide(std::string& text, std::size_t begin, std::size_t end) {
  if (begin < end)
    text.replace(begin, end - begin, "***");
}

// `sslpassword` is found by this, too.
constexpr std::string_view secret_word = "password";

/// What libpq takes for a blank.
constexpr std::string_view blanks = " \t\n\v\f\r";

/// The end of a value in a keyword/value string: quoted or up to a blank.
std::size_t value_end(const std::string& text, std::size_t begin) {
  auto quoted = begin < text.size() && text[begin] == '\'';
  for (auto i = begin + (quoted ? 1 : 0); i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (quoted && text[i] == '\'')
      return i + 1;
    else if (!quoted && blanks.find(text[i]) != std::string_view::npos)
      return i;
  }
  return text.size();
}

std::string without_password_pairs(std::string dsn) {
  for (auto at = dsn.find(secret_word); at != std::string::npos;
       at = dsn.find(secret_word, at + secret_word.size())) {
    auto begin = dsn.find_first_not_of(blanks, at + secret_word.size());
    if (begin == std::string::npos || dsn[begin] != '=')
      continue;
    begin = dsn.find_first_not_of(blanks, begin + 1);
    if (begin == std::string::npos)
      break;
    hide(dsn, begin, value_end(dsn, begin));
  }
  return dsn;
}

/// "pass%77ord" as libpq reads it.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    if (text[i] == '%' && i + 2 < text.size()
        && std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16)
               .ptr
             == text.data() + i + 3) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// `authority` is where the scheme has ended.
std::string without_password_uri(std::string dsn, std::size_t authority) {
  const auto at = dsn.find_last_of('@', dsn.find('/', authority));
  const auto colon = dsn.find(':', authority);
  if (at != std::string::npos && colon < at)
    hide(dsn, colon + 1, at);
  for (auto begin = dsn.find('?', authority); begin != std::string::npos;
       begin = dsn.find('&', begin + 1)) {
    const auto equals = dsn.find('=', begin);
    const auto end = std::min(dsn.find('&', begin + 1), dsn.size());
    if (equals < end
        && percent_decoded(std::string_view(dsn).substr(begin, equals - begin))
               .find(secret_word)
             != std::string::npos)
      hide(dsn, equals + 1, end);
  }
  return dsn;
}

/// A connection string as it may be shown: without its passwords.
std::string without_password(std::string dsn) {
  for (std::string_view scheme : {"postgresql://", "postgres://"})
    if (dsn.starts_with(scheme))
      return without_password_uri(std::move(dsn), scheme.size());
  return without_password_pairs(std::move(dsn));
}

} // namespace

result<void> override_setting(settings& target, std::string_view key,
                              std::string_view value) {
  auto known = find_setting_key(key);
  if (!known)
    return fail(errc::invalid, "there is no setting `" + std::string(key) + "`"
                                 + setting_suggestion(key));
  if (auto problem = assign_setting(*known, target, raw_of(*known, value)))
    return fail(errc::invalid, std::string(key) + " " + *problem);
  note_origin(*known, target, "the command line");
  return {};
}

void apply_environment(settings& target) {
  auto dsn = std::getenv("EVENTSOURCE_DSN");
  if (dsn && *dsn)
    target.store.dsn = dsn;
}

std::vector<std::pair<std::string, std::string>>
list_settings(const settings& from) {
  auto shown = from;
  shown.store.dsn = without_password(shown.store.dsn);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& key : setting_keys())
    out.emplace_back(key.name, format_setting(key, shown));
  return out;
}

} // namespace es::actors

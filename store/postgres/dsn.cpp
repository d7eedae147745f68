#include "eventsource/store/postgres/dsn.hpp"

#include <algorithm>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <string_view>

namespace es::store::postgres {

namespace {

using settings = std::map<std::string, std::string>;

settings read_options(const PQconninfoOption* all) {
  settings found;
  for (auto* option = all; option && option->keyword; ++option)
    if (option->val && *option->val)
      found.emplace(option->keyword, option->val);
  return found;
}

void add_setting(std::string& pairs, std::string_view name,
                 std::string_view value) {
  if (!pairs.empty())
    pairs += ' ';
  pairs += name;
  pairs += "='";
  for (char c : value) {
    if (c == '\'' || c == '\\')
      pairs += '\\';
    pairs += c;
  }
  pairs += '\'';
}

/// What was given, as pairs: where in a URI, or behind a backslash, something
/// could be added, only libpq knows.
std::string write_pairs(const PQconninfoOption* all) {
  std::string pairs;
  for (auto* option = all; option && option->keyword; ++option)
    if (option->val)
      add_setting(pairs, option->keyword, option->val);
  return pairs;
}

/// libpq quotes the whole string, or what it takes for a word in it, which may
/// be a password. Names of settings may be shown.
std::string without_quotes(const std::string& message) {
  if (message.starts_with("invalid connection option"))
    return message;
  std::string shown;
  std::string_view rest = message;
  for (;;) {
    const auto open = rest.find('"');
    shown += rest.substr(0, open);
    if (open == std::string_view::npos)
      return shown;
    // A single character is what is missing; else all to the last quote.
    const bool is_single = open + 2 < rest.size() && rest[open + 2] == '"';
    const auto close = is_single ? open + 2 : rest.rfind('"');
    shown += is_single ? rest.substr(open, 3) : "\"...\"";
    rest.remove_prefix(close + 1);
  }
}

std::string describe(const settings& given, const settings& defaults) {
  auto value = [&](const char* name) -> std::string {
    for (const auto* source : {&given, &defaults})
      if (auto i = source->find(name); i != source->end())
        return i->second;
    return {};
  };
  auto host = value("host");
  if (host.empty())
    host = value("hostaddr");
  if (host.empty())
    host = "the default socket";
  std::string result = "the server at " + host;
  if (auto port = value("port"); !port.empty())
    result += " port " + port;
  const auto user = value("user");
  auto database = value("dbname");
  if (database.empty())
    database = user;
  return result + ", database \"" + database + "\", user \"" + user + "\"";
}

} // namespace

result<checked_dsn> check_dsn(const std::string& dsn,
                              std::chrono::milliseconds connect_timeout) {
  char* why = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
    PQconninfoParse(dsn.c_str(), &why), &PQconninfoFree};
  if (!parsed) {
    std::string message = why ? why : "out of memory";
    PQfreemem(why);
    while (!message.empty() && message.back() == '\n')
      message.pop_back();
    return fail(errc::invalid,
                "the connection string (store.dsn or EVENTSOURCE_DSN) is not "
                "one that libpq reads: "
                  + without_quotes(message));
  }
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> known{
    PQconndefaults(), &PQconninfoFree};
  const auto given = read_options(parsed.get());
  const auto defaults = read_options(known.get());
  checked_dsn result{write_pairs(parsed.get()), describe(given, defaults)};
  auto absent = [&](const char* name) {
    return !given.contains(name) && !defaults.contains(name);
  };
  if (absent("connect_timeout") && connect_timeout.count() > 0) {
    // libpq counts whole seconds and takes 1 for 2.
    const auto seconds = std::max<std::int64_t>(
      2, std::chrono::ceil<std::chrono::seconds>(connect_timeout).count());
    add_setting(result.text, "connect_timeout", std::to_string(seconds));
  }
  if (absent("fallback_application_name"))
    add_setting(result.text, "fallback_application_name", "eventsource");
  return result;
}

} // namespace es::store::postgres

#include "eventsource/domain/json_text.hpp"

#include <nlohmann/json.hpp>

namespace es {

namespace {

/// Whether there is a \u0000 in JSON text that is not an escaped backslash and
/// the letters "u0000".
bool has_escaped_nul(const std::string& text) {
  constexpr std::string_view escape = "\\u0000";
  for (auto at = text.find(escape); at != std::string::npos;
       at = text.find(escape, at + 1)) {
    std::size_t backslashes = 0;
    for (auto i = at; i > 0 && text[i - 1] == '\\'; --i)
      ++backslashes;
    if (backslashes % 2 == 0)
      return true;
  }
  return false;
}

/// Length of the UTF-8 sequence at the front of `text`, 0 if there is none.
/// Follows the table of well-formed sequences of the Unicode standard (3-7).
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf)
               && tail(2)
             ? 3
             : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf)
               && tail(2) && tail(3)
             ? 4
             : 0;
  return 0;
}

} // namespace

result<std::string> encode_json(const nlohmann::json& value) {
  std::string text;
  try {
    text = value.dump();
  } catch (const nlohmann::json::exception& e) {
    return fail(errc::invalid,
                std::string{"text that is not valid UTF-8 can't be stored as "
                            "JSON: "}
                  + e.what());
  }
  if (has_escaped_nul(text))
    return fail(errc::invalid, "text with a NUL character can't be stored: "
                               "PostgreSQL's jsonb has none; remove it");
  return text;
}

result<nlohmann::json> decode_json(std::string_view text,
                                   std::string_view what) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    return fail(errc::corrupt,
                std::string(what) + " is not valid JSON: " + e.what());
  }
}

result<void> check_text(std::string_view text, std::string_view what) {
  for (auto rest = text; !rest.empty();) {
    if (rest.front() == '\0')
      return fail(errc::invalid,
                  std::string(what) + " has a NUL character; remove it");
    auto length = utf8_length(rest);
    if (length == 0)
      return fail(errc::invalid, std::string(what)
                                   + " is not valid UTF-8 at byte "
                                   + std::to_string(text.size() - rest.size()));
    rest.remove_prefix(length);
  }
  return {};
}

} // namespace es

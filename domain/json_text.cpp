#include "eventsource/domain/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <utility>

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

std::string too_deep() {
  return "nests objects and arrays more than " + std::to_string(json_depth_max)
         + " levels deep; make it flatter";
}

bool is_finite(const nlohmann::json& value) {
  return !value.is_number_float() || std::isfinite(value.get<double>());
}

/// Whether `value` has at most `levels` levels.
bool fits_into(const nlohmann::json& value, int levels) {
  if (!value.is_structured())
    return true;
  if (levels == 0)
    return false;
  for (const auto& part : value)
    if (!fits_into(part, levels - 1))
      return false;
  return true;
}

/// `fits_into`, and every number is finite: what `dump` would not survive or
/// would hide.
bool can_be_dumped(const nlohmann::json& value, int levels) {
  if (!value.is_structured())
    return is_finite(value);
  if (levels == 0)
    return false;
  for (const auto& part : value)
    if (!can_be_dumped(part, levels - 1))
      return false;
  return true;
}

/// Of an event, about.
constexpr std::size_t usual_size = 80;

/// Text that JSON has as it is, between quotes.
bool needs_no_escape(std::string_view text) {
  bool is_odd = false;
  for (const auto c : text)
    is_odd |= c < 0x20 || c > 0x7e || c == '"' || c == '\\';
  return !is_odd;
}

void write_text(std::string& to, const std::string& text) {
  if (needs_no_escape(text))
    to.append(1, '"').append(text).append(1, '"');
  else
    to += nlohmann::json(text).dump();
}

/// Writes what `dump` writes, and throws what it throws. Most values are short
/// objects of plain text and numbers, and getting ready takes `dump` as long as
/// writing them.
void write_json(std::string& to, const nlohmann::json& value) {
  using type = nlohmann::json::value_t;
  auto before = value.is_object() ? '{' : '[';
  switch (value.type()) {
    case type::object:
      for (auto i = value.begin(); i != value.end(); ++i) {
        to += std::exchange(before, ',');
        write_text(to, i.key());
        to += ':';
        write_json(to, *i);
      }
      to += value.empty() ? "{}" : "}";
      return;
    case type::array:
      for (const auto& part : value) {
        to += std::exchange(before, ',');
        write_json(to, part);
      }
      to += value.empty() ? "[]" : "]";
      return;
    case type::string:
      write_text(to, value.get_ref<const std::string&>());
      return;
    case type::number_integer:
      to += std::to_string(value.get<std::int64_t>());
      return;
    case type::number_unsigned:
      to += std::to_string(value.get<std::uint64_t>());
      return;
    case type::boolean:
      to += value.get<bool>() ? "true" : "false";
      return;
    default:
      to += value.dump();
  }
}

/// Counts down what written JSON may still take.
class byte_count {
public:
  explicit byte_count(std::size_t left) : left_(left) {
    // nop
  }

  bool add(std::size_t bytes) {
    if (bytes > left_)
      return false;
    left_ -= bytes;
    return true;
  }

  bool add_text(std::string_view text) {
    // At least so much: spares looking at what is far too long.
    if (text.size() + 2 > left_)
      return false;
    std::size_t bytes = 2;
    for (char c : text)
      bytes += escaped_size(static_cast<unsigned char>(c));
    return add(bytes);
  }

  bool add_value(const nlohmann::json& value, int levels) {
    if (value.is_string())
      return add_text(value.get_ref<const std::string&>());
    if (!value.is_structured())
      return add(value.dump().size());
    const auto commas = value.empty() ? 0 : value.size() - 1;
    if (!add(2 + commas))
      return false;
    if (levels == 0)
      return true;
    for (auto i = value.begin(); i != value.end(); ++i) {
      if (value.is_object() && !(add_text(i.key()) && add(1)))
        return false;
      if (!add_value(*i, levels - 1))
        return false;
    }
    return true;
  }

private:
  static std::size_t escaped_size(unsigned char c) {
    switch (c) {
      case '"':
      case '\\':
      case '\b':
      case '\f':
      case '\n':
      case '\r':
      case '\t':
        return 2;
      default:
        return c < 0x20 ? 6 : 1;
    }
  }

  std::size_t left_;
};

using pointer = nlohmann::json::json_pointer;

std::string at(const pointer& place) {
  return place.empty() ? std::string{} : " at " + place.to_string();
}

/// Finds the first part that can't be stored, with its place. Slow: called only
/// when there is one.
result<void> check_parts(const nlohmann::json& value, const pointer& place,
                         int levels) {
  if (value.is_string())
    return check_text(value.get_ref<const std::string&>(),
                      "the JSON text" + at(place));
  if (!is_finite(value))
    return fail(errc::invalid, "the JSON number" + at(place)
                                 + " is not finite, which JSON can't express");
  if (!value.is_structured())
    return {};
  if (levels == 0)
    return fail(errc::invalid, "the JSON value " + too_deep());
  for (const auto& [key, part] : value.items()) {
    if (value.is_object())
      if (auto ok = check_text(key, "a key of the JSON object" + at(place));
          !ok)
        return ok;
    if (auto ok = check_parts(part, place / key, levels - 1); !ok)
      return ok;
  }
  return {};
}

tl::unexpected<error> not_storable(const nlohmann::json& value) {
  auto found = check_parts(value, pointer{}, json_depth_max);
  return found ? fail(errc::invalid, "this value can't be written as JSON")
               : tl::unexpected(found.error());
}

} // namespace

bool has_allowed_depth(const nlohmann::json& value) {
  return fits_into(value, json_depth_max);
}

bool has_allowed_size(const nlohmann::json& value, std::size_t bytes_max) {
  return byte_count{bytes_max}.add_value(value, json_depth_max);
}

result<std::string> encode_json(const nlohmann::json& value) {
  if (!can_be_dumped(value, json_depth_max))
    return not_storable(value);
  std::string text;
  text.reserve(usual_size);
  try {
    write_json(text, value);
  } catch (const nlohmann::json::exception&) {
    return not_storable(value);
  }
  if (has_escaped_nul(text))
    return not_storable(value);
  return text;
}

result<nlohmann::json> decode_json(std::string_view text,
                                   std::string_view what) {
  try {
    auto value = nlohmann::json::parse(text);
    if (!has_allowed_depth(value))
      return fail(errc::corrupt, std::string(what) + " " + too_deep());
    return value;
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

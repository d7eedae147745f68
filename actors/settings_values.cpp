#include "eventsource/actors/settings_keys.hpp"
#include "eventsource/domain/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

namespace es::actors {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// The largest first, since values are written with the largest that divides.
constexpr unit duration_units[] = {
  {"h", 3'600'000'000}, {"min", 60'000'000}, {"s", 1'000'000},
  {"ms", 1'000},        {"us", 1},
};

constexpr unit size_units[] = {
  {"GiB", 1'073'741'824},
  {"MiB", 1'048'576},
  {"KiB", 1'024},
  {"B", 1},
};

constexpr std::string_view levels[] = {"trace", "debug", "info",
                                       "warn",  "error", "off"};

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

std::span<const unit> units_of(setting_kind kind) {
  if (kind == setting_kind::duration)
    return duration_units;
  return size_units;
}

bool has_unit(setting_kind kind) {
  return kind == setting_kind::duration || kind == setting_kind::size;
}

bool is_number(setting_kind kind) {
  return kind == setting_kind::count || has_unit(kind);
}

std::string with_unit(std::int64_t value, setting_kind kind) {
  if (!has_unit(kind))
    return std::to_string(value);
  if (value == 0)
    return kind == setting_kind::duration ? "0s" : "0B";
  for (const auto& unit : units_of(kind))
    if (value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string(unit.name);
  return std::to_string(value);
}

/// "30s" in the smallest unit; nothing if it is not so written or too large.
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            setting_kind kind) {
  std::int64_t number = 0;
  auto end = text.data() + text.size();
  auto [rest, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || number < 0)
    return std::nullopt;
  while (rest != end && *rest == ' ')
    ++rest;
  auto name = std::string_view(rest, static_cast<std::size_t>(end - rest));
  for (const auto& unit : units_of(kind)) {
    if (unit.name != name)
      continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor)
      return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string expected_form(setting_kind kind) {
  switch (kind) {
    case setting_kind::boolean:
      return "true or false";
    case setting_kind::count:
      return "a whole number such as 2";
    case setting_kind::size:
      return "a number of bytes or a text with a unit (B, KiB, MiB, GiB) such "
             "as \"4MiB\"";
    case setting_kind::duration:
      return "a text with a unit (us, ms, s, min, h) such as \"250ms\"";
    default:
      return "a text in quotes";
  }
}

std::string toml_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7f) {
      out += "\\u00";
      out += digits[code >> 4];
      out += digits[code & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string describe(const raw_setting& value) {
  return std::visit(
    overloaded{
      [](const std::string& x) { return "the text " + toml_text(x); },
      [](std::int64_t x) { return "the number " + std::to_string(x); },
      [](bool x) { return std::string(x ? "true" : "false"); },
    },
    value);
}

/// The number that is meant, in the key's smallest unit.
std::optional<std::int64_t> number_of(const setting_key& key,
                                      const raw_setting& value) {
  if (auto text = std::get_if<std::string>(&value))
    return has_unit(key.kind) ? parse_with_unit(*text, key.kind) : std::nullopt;
  if (auto number = std::get_if<std::int64_t>(&value))
    // A duration without a unit would be read as seconds by one and as
    // milliseconds by the next.
    if (key.kind != setting_kind::duration)
      return *number;
  return std::nullopt;
}

std::int64_t number_at(setting_place place) {
  return std::visit(
    overloaded{
      [](int* x) { return std::int64_t{*x}; },
      [](std::size_t* x) {
        constexpr auto largest = std::numeric_limits<std::int64_t>::max();
        return *x > static_cast<std::size_t>(largest)
                 ? largest
                 : static_cast<std::int64_t>(*x);
      },
      [](milliseconds* x) {
        // Clamped, since far values do not fit into microseconds.
        constexpr auto largest =
          std::numeric_limits<std::int64_t>::max() / 1000;
        return std::clamp<std::int64_t>(x->count(), -1, largest) * 1000;
      },
      [](microseconds* x) { return std::int64_t{x->count()}; },
      [](auto*) { return std::int64_t{0}; },
    },
    place);
}

void put_number(setting_place place, std::int64_t value) {
  std::visit(overloaded{
               [&](int* x) { *x = static_cast<int>(value); },
               [&](std::size_t* x) { *x = static_cast<std::size_t>(value); },
               [&](milliseconds* x) {
                 *x = std::chrono::duration_cast<milliseconds>(
                   microseconds(value));
               },
               [&](microseconds* x) { *x = microseconds(value); },
               [](auto*) {
                 // nop
               },
             },
             place);
}

std::optional<std::string> number_problem(const setting_key& key,
                                          std::int64_t value) {
  if (value == 0 && !key.zero.empty())
    return std::nullopt;
  if (value >= key.min && value <= key.max)
    return std::nullopt;
  return "must be " + setting_range(key) + ", not "
         + with_unit(value, key.kind);
}

bool is_identifier(std::string_view text) {
  auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && text.size() <= 63 && letter(text.front())
         && std::all_of(text.begin(), text.end(), [&](char c) {
              return letter(c) || (c >= '0' && c <= '9');
            });
}

std::optional<std::string> text_problem(const setting_key& key,
                                        std::string_view text) {
  auto bad = false;
  if (key.kind == setting_kind::identifier)
    bad = !is_identifier(text);
  else if (key.kind == setting_kind::log_level)
    bad =
      std::find(std::begin(levels), std::end(levels), text) == std::end(levels);
  else
    bad = text.find('\0') != std::string_view::npos;
  if (bad)
    return "must be " + setting_range(key) + ", not " + toml_text(text);
  // Files of TOML are UTF-8, but a command line is what it is.
  if (auto ok = check_text(text, "this text"); !ok)
    return "must be UTF-8, but " + ok.error().message;
  return std::nullopt;
}

} // namespace

std::string setting_range(const setting_key& key) {
  switch (key.kind) {
    case setting_kind::text:
      return "any text";
    case setting_kind::identifier:
      return "a plain SQL identifier (letters, digits, `_`; at most 63 bytes)";
    case setting_kind::log_level:
      return "trace, debug, info, warn, error or off";
    case setting_kind::boolean:
      return "true or false";
    default:
      break;
  }
  auto range =
    with_unit(key.min, key.kind) + " to " + with_unit(key.max, key.kind);
  if (key.zero.empty())
    return range;
  return with_unit(0, key.kind) + " (" + std::string(key.zero) + ") or "
         + range;
}

std::optional<std::string> setting_problem(const setting_key& key,
                                           const settings& from) {
  // The place is only read from.
  auto place = key.place(const_cast<settings&>(from));
  if (is_number(key.kind))
    return number_problem(key, number_at(place));
  if (auto text = std::get_if<std::string*>(&place))
    return text_problem(key, **text);
  return std::nullopt;
}

std::optional<std::string> assign_setting(const setting_key& key,
                                          settings& target,
                                          const raw_setting& value) {
  auto place = key.place(target);
  auto wrong_form = [&] {
    return "must be " + expected_form(key.kind) + ", not " + describe(value);
  };
  if (is_number(key.kind)) {
    auto number = number_of(key, value);
    if (!number)
      return wrong_form();
    if (auto problem = number_problem(key, *number))
      return problem;
    if (std::holds_alternative<milliseconds*>(place) && *number % 1000 != 0)
      return "must be whole milliseconds, not " + describe(value);
    put_number(place, *number);
    return std::nullopt;
  }
  if (auto text = std::get_if<std::string*>(&place)) {
    auto given = std::get_if<std::string>(&value);
    if (!given)
      return wrong_form();
    if (auto problem = text_problem(key, *given))
      return problem;
    **text = *given;
    return std::nullopt;
  }
  auto given = std::get_if<bool>(&value);
  if (!given)
    return wrong_form();
  *std::get<bool*>(place) = *given;
  return std::nullopt;
}

std::string format_setting(const setting_key& key, const settings& from) {
  auto place = key.place(const_cast<settings&>(from));
  if (has_unit(key.kind))
    return toml_text(with_unit(number_at(place), key.kind));
  if (is_number(key.kind))
    return std::to_string(number_at(place));
  if (auto text = std::get_if<std::string*>(&place))
    return toml_text(**text);
  return *std::get<bool*>(place) ? "true" : "false";
}

} // namespace es::actors

#include "eventsource/domain/ksuid.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <random>

namespace es {

namespace {

constexpr std::string_view digits =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The payload plus one; one that overflows carries into the seconds.
ksuid successor(const ksuid& id) {
  auto value = id.raw();
  for (auto i = value.rbegin(); i != value.rend(); ++i)
    if (++*i != 0)
      break;
  return ksuid{value};
}

/// From the text of an id to that of its successor.
void count_up(std::string& text) {
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit)
    switch (*digit) {
      case 'z':
        *digit = '0';
        break; // the one before it counts up as well
      case '9':
        *digit = 'A';
        return;
      case 'Z':
        *digit = 'a';
        return;
      default:
        ++*digit;
        return;
    }
}

std::int64_t seconds_of(const ksuid& id) {
  return id.time().time_since_epoch().count() - ksuid::epoch_seconds;
}

} // namespace

// -- ksuid --------------------------------------------------------------------

ksuid::ksuid(std::uint32_t seconds_since_epoch, const payload& rest) {
  for (std::size_t i = 0; i < 4; ++i)
    bytes_[i] = static_cast<std::uint8_t>(seconds_since_epoch >> (24 - 8 * i));
  std::copy(rest.begin(), rest.end(), bytes_.begin() + 4);
}

result<ksuid> ksuid::parse(std::string_view text) {
  if (text.size() != char_count)
    return fail(errc::invalid, "a KSUID has 27 characters, this has "
                                 + std::to_string(text.size()));
  bytes value{};
  for (char c : text) {
    auto digit = digits.find(c);
    if (digit == std::string_view::npos)
      return fail(errc::invalid, "a KSUID has letters and digits only");
    auto carry = static_cast<unsigned>(digit);
    for (auto i = value.rbegin(); i != value.rend(); ++i) {
      auto product = *i * 62u + carry;
      *i = static_cast<std::uint8_t>(product);
      carry = product >> 8;
    }
    if (carry != 0)
      return fail(errc::invalid, "this is larger than any KSUID");
  }
  return ksuid{value};
}

std::string ksuid::str() const {
  std::string text;
  append_to(text);
  return text;
}

void ksuid::append_to(std::string& text) const {
  // Long division of the 160 bits, taken as five 32-bit words, by the largest
  // power of 62 that is such a word: five digits of each round.
  constexpr std::size_t digits_at_once = 5;
  constexpr std::uint32_t divisor = 62u * 62 * 62 * 62 * 62;
  std::array<std::uint32_t, 5> words{};
  for (std::size_t i = 0; i < byte_count; ++i)
    words[i / 4] = words[i / 4] << 8 | bytes_[i];
  text.resize(text.size() + char_count);
  auto place = text.rbegin();
  const auto end = place + char_count;
  while (place != end) {
    std::uint64_t rest = 0;
    for (auto& word : words) {
      const auto value = rest << 32 | word;
      word = static_cast<std::uint32_t>(value / divisor);
      rest = value % divisor;
    }
    auto group = static_cast<std::uint32_t>(rest);
    for (std::size_t i = 0; i < digits_at_once && place != end; ++i) {
      *place++ = digits[group % 62];
      group /= 62;
    }
  }
}

std::chrono::sys_seconds ksuid::time() const {
  std::uint32_t seconds = 0;
  for (std::size_t i = 0; i < 4; ++i)
    seconds = seconds << 8 | bytes_[i];
  return std::chrono::sys_seconds{
    std::chrono::seconds{epoch_seconds + seconds}};
}

// -- ksuid_generator ----------------------------------------------------------

ksuid_generator::ksuid_generator(clock now, entropy fill, ksuid after)
  : now_(std::move(now)), fill_(std::move(fill)), last_(after),
    last_text_(after.str()) {
  // nop
}

ksuid_generator::ksuid_generator(ksuid_generator&& other) noexcept
  : now_(std::move(other.now_)), fill_(std::move(other.fill_)),
    last_(other.last_), last_text_(other.last_text_) {
  // nop
}

void ksuid_generator::advance() {
  auto since_epoch = now_().time_since_epoch().count() - ksuid::epoch_seconds;
  auto seconds = static_cast<std::uint32_t>(std::clamp<std::int64_t>(
    since_epoch, 0, std::numeric_limits<std::uint32_t>::max()));
  if (last_ == ksuid{} || seconds > seconds_of(last_)) {
    ksuid::payload rest;
    fill_(rest);
    // With the top bit clear, a second has room for 2^127 increments.
    rest[0] &= 0x7f;
    if (const ksuid fresh{seconds, rest}; fresh > last_) {
      last_ = fresh;
      last_text_ = fresh.str();
      return;
    }
  }
  // In one second, or if the clock went back.
  last_ = successor(last_);
  count_up(last_text_);
}

ksuid ksuid_generator::next() {
  std::lock_guard guard{mutex_};
  advance();
  return last_;
}

std::string ksuid_generator::next(std::string_view prefix) {
  std::string text;
  text.reserve(prefix.size() + ksuid::char_count);
  text += prefix;
  std::lock_guard guard{mutex_};
  advance();
  text += last_text_;
  return text;
}

ksuid_generator ksuid_generator::system() {
  return {[] {
            // Seconds cost less than the finer clocks.
            return std::chrono::sys_seconds{
              std::chrono::seconds{std::time(nullptr)}};
          },
          [](ksuid::payload& rest) {
            thread_local std::random_device device;
            for (std::size_t i = 0; i < rest.size(); i += 4) {
              auto word = device();
              for (std::size_t k = 0; k < 4; ++k)
                rest[i + k] = static_cast<std::uint8_t>(word >> (8 * k));
            }
          }};
}

result<ksuid> parse_id(std::string_view prefix, std::string_view id) {
  auto wrong = [&](const std::string& why) {
    // The id comes from outside: show it, but not whatever it contains.
    std::string shown{id.substr(0, 64)};
    for (auto& c : shown)
      if (c < 0x20 || c > 0x7e)
        c = '?';
    return fail(errc::invalid, "\"" + shown + "\" is no id of this type: " + why
                                 + "; it should be \"" + std::string(prefix)
                                 + "\" and a KSUID of 27 characters");
  };
  if (!id.starts_with(prefix))
    return wrong("the prefix is missing");
  auto parsed = ksuid::parse(id.substr(prefix.size()));
  if (!parsed)
    return wrong(parsed.error().message);
  return parsed;
}

} // namespace es

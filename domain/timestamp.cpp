#include "eventsource/domain/timestamp.hpp"

#include <cstdint>
#include <optional>

namespace es {

namespace {

/// Takes characters off the front of a text, one expectation after the other.
class reader {
public:
  explicit reader(std::string_view text) : text_(text) {
    // nop
  }

  [[nodiscard]] bool done() const noexcept {
    return text_.empty();
  }

  bool skip(std::string_view one_of) {
    if (text_.empty() || one_of.find(text_.front()) == std::string_view::npos)
      return false;
    text_.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool next_is(char c) const noexcept {
    return !text_.empty() && text_.front() == c;
  }

  /// Exactly `digits` digits.
  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits)
      return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9')
        return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  /// One to six digits after a point, as microseconds.
  std::optional<int> fraction() {
    int value = 0;
    int digits = 0;
    while (digits < 6 && !text_.empty() && text_.front() >= '0'
           && text_.front() <= '9') {
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
      ++digits;
    }
    if (digits == 0)
      return std::nullopt;
    for (; digits < 6; ++digits)
      value *= 10;
    return value;
  }

private:
  std::string_view text_;
};

std::optional<timestamp> read_date(reader& in) {
  auto year = in.number(4);
  if (!year || !in.skip("-"))
    return std::nullopt;
  auto month = in.number(2);
  if (!month || !in.skip("-"))
    return std::nullopt;
  auto day = in.number(2);
  if (!day)
    return std::nullopt;
  std::chrono::year_month_day date{
    std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
    std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok())
    return std::nullopt;
  return timestamp{std::chrono::sys_days{date}};
}

std::optional<std::chrono::microseconds> read_time(reader& in) {
  auto hour = in.number(2);
  if (!hour || *hour > 23 || !in.skip(":"))
    return std::nullopt;
  auto minute = in.number(2);
  if (!minute || *minute > 59)
    return std::nullopt;
  std::chrono::microseconds time =
    std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!in.skip(":"))
    return time;
  auto second = in.number(2);
  if (!second || *second > 59)
    return std::nullopt;
  time += std::chrono::seconds(*second);
  if (in.skip(".")) {
    auto micros = in.fraction();
    if (!micros)
      return std::nullopt;
    time += std::chrono::microseconds(*micros);
  }
  return time;
}

std::optional<std::chrono::minutes> read_offset(reader& in) {
  if (in.done() || in.skip("Zz"))
    return std::chrono::minutes(0);
  auto sign = in.next_is('-') ? -1 : 1;
  if (!in.skip("+-"))
    return std::nullopt;
  auto hours = in.number(2);
  if (!hours || *hours > 15)
    return std::nullopt;
  std::chrono::minutes offset = std::chrono::hours(*hours);
  if (!in.done()) {
    in.skip(":");
    auto minutes = in.number(2);
    if (!minutes || *minutes > 59)
      return std::nullopt;
    offset += std::chrono::minutes(*minutes);
  }
  return sign * offset;
}

std::optional<timestamp> read(reader in) {
  auto moment = read_date(in);
  if (!moment || in.done())
    return moment;
  if (!in.skip("Tt "))
    return std::nullopt;
  auto time = read_time(in);
  if (!time)
    return std::nullopt;
  auto offset = read_offset(in);
  if (!offset || !in.done())
    return std::nullopt;
  const auto in_utc = *moment + *time - *offset;
  // An offset can lead out of what four digits write.
  const std::chrono::year_month_day date{
    std::chrono::floor<std::chrono::days>(in_utc)};
  const auto year = static_cast<int>(date.year());
  return year >= 0 && year <= 9999 ? std::optional{in_utc} : std::nullopt;
}

constexpr std::string_view own_form = "0000-00-00T00:00:00.000000Z";

/// What `to_string` writes, of which each place is known: stores read many.
std::optional<timestamp> read_own_form(std::string_view text) {
  if (text.size() != own_form.size())
    return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (own_form[i] == '0' ? text[i] < '0' || text[i] > '9'
                           : text[i] != own_form[i])
      return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t count) {
    int value = 0;
    for (auto c : text.substr(at, count))
      value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day date{
    std::chrono::year{number(0, 4)},
    std::chrono::month{static_cast<unsigned>(number(5, 2))},
    std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const std::chrono::hours hour{number(11, 2)};
  const std::chrono::minutes minute{number(14, 2)};
  const std::chrono::seconds second{number(17, 2)};
  if (!date.ok() || hour.count() > 23 || minute.count() > 59
      || second.count() > 59)
    return std::nullopt;
  return std::chrono::sys_days{date} + hour + minute + second
         + std::chrono::microseconds{number(20, 6)};
}

/// `count` digits from `at` on. By hand, because every command writes two times
/// or three, and printf showed in the profile.
void write_digits(std::string& text, std::size_t at, std::size_t count,
                  std::int64_t value) {
  for (auto i = at + count; i > at; value /= 10)
    text[--i] = static_cast<char>('0' + value % 10);
}

} // namespace

std::string to_string(timestamp t) {
  auto day = std::chrono::floor<std::chrono::days>(t);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss time{t - day};
  std::string text{own_form};
  const auto year = static_cast<int>(date.year());
  write_digits(text, 0, 4, year);
  write_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  write_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  write_digits(text, 11, 2, time.hours().count());
  write_digits(text, 14, 2, time.minutes().count());
  write_digits(text, 17, 2, time.seconds().count());
  write_digits(text, 20, 6, time.subseconds().count());
  if (year < 0 || year > 9999)
    text.replace(0, 4, std::to_string(year));
  return text;
}

result<timestamp> parse_timestamp(std::string_view text) {
  if (auto moment = read_own_form(text))
    return *moment;
  if (auto moment = read(reader{text}))
    return *moment;
  return fail(errc::invalid, "\"" + std::string(text)
                               + "\" is no time; write it as "
                                 "2024-05-01T12:00:00Z, with an offset such "
                                 "as +02:00, or as a date alone");
}

bool is_storable(timestamp t) {
  using std::chrono::January;
  using std::chrono::sys_days;
  using std::chrono::year;
  return t >= sys_days{year{1} / January / 1}
         && t < sys_days{year{10'000} / January / 1};
}

} // namespace es

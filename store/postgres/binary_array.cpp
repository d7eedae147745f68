#include "eventsource/store/postgres/binary_array.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <utility>

namespace es::store::postgres {

namespace {

/// In the order of the network, highest byte first.
template <std::unsigned_integral Number>
std::array<char, sizeof(Number)> to_bytes(Number value) {
  std::array<char, sizeof(Number)> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(value >> (8 * (bytes.size() - 1 - i)));
  return bytes;
}

constexpr std::size_t word_bytes = 4;

enum head_word : std::size_t {
  dimensions,
  nulls,
  type_number,
  length,
  lower_bound,
  head_words
};

void put(std::string& bytes, head_word at, std::uint32_t value) {
  const auto word = to_bytes(value);
  bytes.replace(at * word_bytes, word_bytes, word.data(), word_bytes);
}

} // namespace

binary_array::binary_array(element_type type)
  : bytes_(head_words * word_bytes, '\0') {
  put(bytes_, dimensions, 1);
  put(bytes_, type_number, static_cast<std::uint32_t>(type));
  put(bytes_, lower_bound, 1);
}

void binary_array::reserve(std::size_t bytes) {
  bytes_.reserve(bytes_.size() + bytes);
}

void binary_array::add(std::string_view text) {
  const auto count = to_bytes(static_cast<std::uint32_t>(text.size()));
  bytes_.append(count.data(), count.size()).append(text);
  ++size_;
}

template <class Number>
void binary_array::add_number(Number value) {
  std::array<char, word_bytes + sizeof(Number)> element{};
  const auto count = to_bytes(static_cast<std::uint32_t>(sizeof(Number)));
  const auto number = to_bytes(value);
  std::copy(count.begin(), count.end(), element.begin());
  std::copy(number.begin(), number.end(), element.begin() + word_bytes);
  bytes_.append(element.data(), element.size());
  ++size_;
}

void binary_array::add(std::int64_t number) {
  add_number(static_cast<std::uint64_t>(number));
}

void binary_array::add(std::int32_t number) {
  add_number(static_cast<std::uint32_t>(number));
}

void binary_array::add_truth(bool value) {
  add_number(static_cast<std::uint8_t>(value));
}

void binary_array::add(double number) {
  add_number(std::bit_cast<std::uint64_t>(number));
}

void binary_array::add(timestamp moment) {
  constexpr timestamp year_2000{
    std::chrono::sys_days{std::chrono::year{2000} / std::chrono::January / 1}};
  add((moment - year_2000).count());
}

void binary_array::add_null() {
  constexpr auto null_length = static_cast<std::uint32_t>(-1);
  const auto count = to_bytes(null_length);
  bytes_.append(count.data(), count.size());
  has_nulls_ = true;
  ++size_;
}

std::string binary_array::take() {
  put(bytes_, nulls, has_nulls_ ? 1 : 0);
  put(bytes_, length, static_cast<std::uint32_t>(size_));
  return std::move(bytes_);
}

} // namespace es::store::postgres

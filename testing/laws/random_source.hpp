#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace es::testing {

/// Random values that are the same on every machine: SplitMix64 (Steele, Lea
/// and Flood, "Fast Splittable Pseudorandom Number Generators", 2014). The
/// standard's distributions are not, so none is used.
class random_source {
public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {
    // nop
  }

  std::uint64_t next() noexcept {
    auto z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// From `least` to `most`, both included; `least` is at most `most`.
  std::int64_t number(std::int64_t least, std::int64_t most) noexcept {
    const auto count =
      static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least) + 1;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least)
                                     + (count == 0 ? next() : next() % count));
  }

  /// True that often of a hundred times.
  bool chance(unsigned percent) noexcept {
    return next() % 100 < percent;
  }

  template <class T>
  T one_of(std::initializer_list<T> these) noexcept {
    return *(these.begin() + next() % these.size());
  }

  /// So many characters at most, none at least: letters, and what JSON has to
  /// be careful with. Valid UTF-8.
  std::string text(std::size_t characters_max) {
    constexpr std::array<std::string_view, 16> alphabet{
      "a", "b",  "x",  "Z",  "0",      "9",      " ",          "-",
      "/", "\"", "\\", "\n", "\u00e9", "\u20ac", "\U0001f600", "'"};
    std::string all;
    for (auto left = next() % (characters_max + 1); left > 0; --left)
      all += alphabet[next() % alphabet.size()];
    return all;
  }

private:
  std::uint64_t state_;
};

} // namespace es::testing

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace es::simulation {

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea
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

  /// From 0 to `bound` - 1; `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound) noexcept {
    return next() % bound;
  }

  bool chance(std::uint64_t per_mille) noexcept {
    return below(1'000) < per_mille;
  }

  template <class T>
  T one_of(std::initializer_list<T> these) noexcept {
    return *(these.begin() + below(these.size()));
  }

private:
  std::uint64_t state_;
};

} // namespace es::simulation

#pragma once

/// What a fuzz target is made of. A target is one file that takes any bytes and
/// says what must hold whatever they are:
///
///     ES_FUZZ_TARGET(text) {
///       auto id = es::ksuid::parse(text);
///       ES_LAW(!id || id->str() == text);
///     }
///
/// clang links it with libFuzzer, which invents the bytes; g++ links it with
/// replay.cpp, which goes through the kept corpus. Both end the program at a
/// law that is broken.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace es::fuzz {

[[noreturn]] inline void broken(const char* file, int line, const char* law) {
  std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, law);
  std::abort();
}

/// Takes the input apart: parts that are read one after the other.
class input {
public:
  explicit input(std::string_view bytes) : rest_(bytes) {
    // nop
  }

  /// Up to the next `separator`, which is removed too; all if there is none.
  std::string_view take_until(char separator) {
    const auto end = rest_.find(separator);
    const auto part = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{}
                                          : rest_.substr(end + 1);
    return part;
  }

  std::string_view take_line() {
    return take_until('\n');
  }

  /// 0 if nothing is left.
  unsigned take_byte() {
    if (rest_.empty())
      return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  [[nodiscard]] std::string_view rest() const noexcept {
    return rest_;
  }
  [[nodiscard]] bool empty() const noexcept {
    return rest_.empty();
  }

private:
  std::string_view rest_;
};

} // namespace es::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

#define ES_LAW(...) \
  (static_cast<bool>(__VA_ARGS__) \
     ? void() \
     : ::es::fuzz::broken(__FILE__, __LINE__, #__VA_ARGS__))

#define ES_FUZZ_TARGET(text) \
  static void es_fuzz_target(std::string_view text); \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, \
                                        std::size_t size) { \
    es_fuzz_target({reinterpret_cast<const char*>(data), size}); \
    return 0; \
  } \
  static void es_fuzz_target([[maybe_unused]] std::string_view text)

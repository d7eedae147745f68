#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace es::testing {

/// What every check of this kit throws when it does not hold. `what()` is meant
/// to be read by a person: where in the test's source, what was expected, what
/// came, and a line diff of the JSON of both. A test framework that catches
/// exceptions needs nothing else; for others there is `failure_of`.
class specification_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The report of a check that does not hold, nothing if all hold: for test
/// frameworks that want a condition instead of an exception.
template <class Checks>
[[nodiscard]] std::optional<std::string> failure_of(Checks&& checks) {
  static_assert(std::is_invocable_v<Checks>);
  try {
    std::invoke(std::forward<Checks>(checks));
    return std::nullopt;
  } catch (const specification_failed& e) {
    return std::string(e.what());
  }
}

/// A place in the test's source; as a default argument it is the caller's.
struct source_place {
  const char* file = "";
  int line = 0;

  [[nodiscard]] static constexpr source_place
  current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// "tests/account.test.cpp:12: ", to begin a report with.
[[nodiscard]] inline std::string to_string(const source_place& where) {
  return std::string(where.file) + ":" + std::to_string(where.line) + ": ";
}

} // namespace es::testing

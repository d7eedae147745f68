#pragma once

#include <functional>
#include <string>
#include <vector>

namespace es::testing {

/// One test: its name, best a sentence, and what it does.
struct named_test {
  std::string sentence;
  std::function<void()> run;
};

/// The main program of tests that use no framework: runs all in order, prints
/// to standard error what an exception says, also `specification_failed`, and
/// goes on with the next. Gives the exit code, 1 if any test failed or there is
/// none.
[[nodiscard]] int run_tests(const std::vector<named_test>& tests);

} // namespace es::testing

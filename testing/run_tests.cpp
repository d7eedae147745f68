#include "eventsource/testing/run_tests.hpp"

#include <exception>
#include <iostream>

namespace es::testing {

namespace {

bool passes(const named_test& test) {
  try {
    test.run();
    return true;
  } catch (const std::exception& e) {
    std::cerr << "FAILED: " << test.sentence << "\n" << e.what() << "\n";
  } catch (...) {
    std::cerr << "FAILED: " << test.sentence
              << "\nwith an exception that is no std::exception\n";
  }
  return false;
}

} // namespace

int run_tests(const std::vector<named_test>& tests) {
  std::size_t failed = 0;
  for (const auto& test : tests)
    failed += passes(test) ? 0 : 1;
  std::cerr << tests.size() - failed << " of " << tests.size()
            << " tests passed\n";
  return failed == 0 && !tests.empty() ? 0 : 1;
}

} // namespace es::testing

#include "eventsource/testing/run_tests.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <stdexcept>

namespace run_tests_test {

using namespace es::testing;

ES_TEST("tests that pass give the exit code 0") {
  int runs = 0;
  ES_CHECK_EQ(
    run_tests({{"first", [&] { ++runs; }}, {"second", [&] { ++runs; }}}), 0);
  ES_CHECK_EQ(runs, 2);
}

ES_TEST("a test that fails doesn't keep the others from running") {
  int runs = 0;
  ES_CHECK_EQ(run_tests({{"first", [] { throw std::runtime_error("no"); }},
                         {"second", [] { throw 1; }},
                         {"third", [&] { ++runs; }}}),
              1);
  ES_CHECK_EQ(runs, 1);
}

ES_TEST("no tests are no success") {
  ES_CHECK_EQ(run_tests({}), 1);
}

} // namespace run_tests_test

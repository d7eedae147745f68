// The main program of every test executable. Beyond CAF's own it refuses to
// pass when the suite that was asked for does not exist: a test that does not
// run must not look like one that passed.
#define CAF_TEST_NO_MAIN

#include "eventsource/tests/kit/test.hpp"

#include <caf/test/unit_test_impl.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

namespace es::testing {

void note_check(bool holds, const char* file, int line, const char* expression,
                const std::string& values) {
  using caf::test::engine;
  const auto place = static_cast<std::size_t>(line);
  caf::test::detail::check(engine::current_test(), file, place, expression,
                           false, holds);
  if (!holds)
    caf::test::logger::instance().error()
      << file << ":" << line << ": " << expression << values << "\n";
  engine::last_check_file(file);
  engine::last_check_line(place);
}

} // namespace es::testing

int main(int argc, char** argv) {
  using caf::test::engine;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "-s")
      continue;
    std::string_view wanted = argv[i + 1];
    if (wanted.starts_with('^') && wanted.ends_with('$'))
      wanted = wanted.substr(1, wanted.size() - 2);
    auto suites = engine::available_suites();
    if (std::find(suites.begin(), suites.end(), wanted) == suites.end()) {
      std::cerr << "no suite named " << wanted << "\n";
      return 2;
    }
  }
  return caf::test::main(argc, argv);
}

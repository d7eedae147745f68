// The main program of every test executable. Beyond CAF's own it refuses to
// pass when the suite that was asked for does not exist: a test that does not
// run must not look like one that passed.
#define CAF_TEST_NO_MAIN

#include "eventsource/domain/error.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <caf/test/unit_test_impl.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <memory>
#include <string_view>
#include <utility>

namespace es::testing {

namespace {

class registered_test : public caf::test::test {
public:
  registered_test(std::string sentence, std::function<void()> body)
    : caf::test::test(std::move(sentence), false), body_(std::move(body)) {
    // nop
  }

  void run_test_impl() override {
    try {
      body_();
    } catch (const unmet_requirement&) {
      // Noted already.
    } catch (const tl::bad_expected_access<error>& e) {
      note_exception(to_string(e.error()));
    } catch (const std::exception& e) {
      note_exception(e.what());
    }
  }

private:
  static void note_exception(const std::string& what) {
    using caf::test::engine;
    const std::string file = engine::last_check_file();
    const auto line = static_cast<int>(engine::last_check_line());
    note_check(false, file.c_str(), line,
               "an exception after this line: ", what);
  }

  std::function<void()> body_;
};

} // namespace

test_registration::test_registration(std::string_view file,
                                     const std::string& sentence,
                                     std::function<void()> body) {
  const std::string suite{suite_of(file)};
  caf::test::engine::add(suite.c_str(), std::make_unique<registered_test>(
                                          sentence, std::move(body)));
}

test_registration::test_registration(std::string_view file,
                                     const char* sentence, void (*body)())
  : test_registration(file, std::string{sentence},
                      std::function<void()>{body}) {
  // nop
}

void note_requirement(bool holds, const char* file, int line,
                      const char* expression) {
  note_check(holds, file, line, expression);
  if (!holds)
    throw unmet_requirement{};
}

void fail_test(const char* file, int line, const std::string& why) {
  note_check(false, file, line, why.c_str());
  throw unmet_requirement{};
}

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

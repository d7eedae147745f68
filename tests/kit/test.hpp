#pragma once

/// The one place where this project's tests meet CAF's test framework: the same
/// tests compile on CAF 0.17 and 1.x. A suite is a file: `ksuid.test.cpp` holds
/// the suite "ksuid". Names of tests are sentences.
///
///     ES_TEST("a nil id is 27 zeros") {
///       ES_CHECK_EQ(es::ksuid{}.str(), std::string(27, '0'));
///     }
///
/// `ES_CHECK` notes a failure and goes on, `ES_REQUIRE` ends the test, and so
/// does any exception: destructors run, so that no server stays behind. (The
/// framework's own requirement aborts the program.) Requirements are for the
/// thread of the test only.

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

// caf/test/unit_test.hpp uses names of other CAF headers without including
// them.
#include <caf/all.hpp>
#include <caf/test/unit_test.hpp>

namespace es::testing {

/// "ksuid" for ".../tests/domain/ksuid.test.cpp".
constexpr std::string_view suite_of(std::string_view file) {
  file = file.substr(file.find_last_of('/') + 1);
  return file.substr(0, file.find('.'));
}

struct no_fixture {};

/// Thrown by a requirement that is not met.
struct unmet_requirement {};

/// Adds a test to the suite of `file` while the program starts.
struct test_registration {
  test_registration(std::string_view file, const char* sentence,
                    void (*body)());
  test_registration(std::string_view file, const std::string& sentence,
                    std::function<void()> body);
};

/// Counts a check of the running test. One that does not hold fails the test,
/// which goes on; `expression` and `values`, if there are any, say what it was.
void note_check(bool holds, const char* file, int line, const char* expression,
                const std::string& values = {});

/// The same, and throws if it does not hold.
void note_requirement(bool holds, const char* file, int line,
                      const char* expression);

/// Fails the test and ends it.
[[noreturn]] void fail_test(const char* file, int line, const std::string& why);

template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_convertible_v<T, std::string>)
    return value;
  else
    return caf::deep_to_string(value);
}

template <class Functor, class T, class U>
bool note_comparison(const char* file, int line, const char* expression, T left,
                     U right) {
  const bool holds = Functor{}(left, right);
  if (holds)
    note_check(true, file, line, expression);
  else
    note_check(false, file, line, expression,
               " (" + text_of(left) + ", " + text_of(right) + ")");
  return holds;
}

} // namespace es::testing

#define ES_TEST_NAME_2(line) es_test_##line
#define ES_TEST_NAME(line) ES_TEST_NAME_2(line)

#define ES_TEST_WITH(fixture, sentence) \
  namespace { \
  struct ES_TEST_NAME(__LINE__) : fixture { \
    void run_test(); \
    static void make_and_run() { \
      ES_TEST_NAME(__LINE__) made; \
      made.run_test(); \
    } \
    static const ::es::testing::test_registration reg; \
  }; \
  const ::es::testing::test_registration ES_TEST_NAME(__LINE__)::reg{ \
    __FILE__, sentence, make_and_run}; \
  } \
  void ES_TEST_NAME(__LINE__)::run_test()

#define ES_TEST(sentence) ES_TEST_WITH(::es::testing::no_fixture, sentence)

/// CAF's own macros bind references, which dangle for `f().value().x`, and tell
/// what failed only at the verbosity that tells everything: these take copies,
/// and tell. They leave little to compile at each of their many places.
#define ES_COMPARE(functor, x, y) \
  ::es::testing::note_comparison<functor>(__FILE__, __LINE__, #x ", " #y, (x), \
                                          (y))

#define ES_CHECK(...) \
  ::es::testing::note_check(static_cast<bool>(__VA_ARGS__), __FILE__, \
                            __LINE__, #__VA_ARGS__)
#define ES_CHECK_EQ(x, y) ES_COMPARE(::caf::test::equal_to, x, y)
#define ES_CHECK_NE(x, y) ES_COMPARE(::caf::test::not_equal_to, x, y)
#define ES_CHECK_LT(x, y) ES_COMPARE(::caf::test::less_than, x, y)
#define ES_CHECK_LE(x, y) ES_COMPARE(::caf::test::less_than_or_equal, x, y)
#define ES_REQUIRE(...) \
  ::es::testing::note_requirement(static_cast<bool>(__VA_ARGS__), __FILE__, \
                                  __LINE__, #__VA_ARGS__)
#define ES_REQUIRE_EQ(x, y) \
  do { \
    if (!ES_COMPARE(::caf::test::equal_to, x, y)) \
      throw ::es::testing::unmet_requirement{}; \
  } while (false)
#define ES_FAIL(message) ::es::testing::fail_test(__FILE__, __LINE__, message)
#define ES_MESSAGE(message) CAF_TEST_PRINT_VERBOSE(message)

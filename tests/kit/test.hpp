#pragma once

/// The one place where this project's tests meet CAF's test framework: the same
/// tests compile on CAF 0.17 and 1.x. A suite is a file: `ksuid.test.cpp` holds
/// the suite "ksuid". Names of tests are sentences.
///
///     ES_TEST("a nil id is 27 zeros") {
///       ES_CHECK_EQ(es::ksuid{}.str(), std::string(27, '0'));
///     }
///
/// `ES_CHECK` notes a failure and goes on, `ES_REQUIRE` ends the test.

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

template <class Test>
struct test_registration {
  test_registration(std::string_view file, const char* sentence) {
    static const std::string suite{suite_of(file)};
    caf::test::engine::add(
      suite.c_str(),
      std::make_unique<caf::test::test_impl<Test>>(sentence, false));
  }
};

/// Counts a check of the running test. One that does not hold fails the test,
/// which goes on; `expression` and `values`, if there are any, say what it was.
void note_check(bool holds, const char* file, int line, const char* expression,
                const std::string& values = {});

template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_convertible_v<T, std::string>)
    return value;
  else
    return caf::deep_to_string(value);
}

template <class Functor, class T, class U>
void note_comparison(const char* file, int line, const char* expression, T left,
                     U right) {
  if (Functor{}(left, right))
    note_check(true, file, line, expression);
  else
    note_check(false, file, line, expression,
               " (" + text_of(left) + ", " + text_of(right) + ")");
}

} // namespace es::testing

#define ES_TEST_NAME_2(line) es_test_##line
#define ES_TEST_NAME(line) ES_TEST_NAME_2(line)

#define ES_TEST_WITH(fixture, sentence) \
  namespace { \
  struct ES_TEST_NAME(__LINE__) : fixture { \
    void run_test_impl(); \
    static const ::es::testing::test_registration<ES_TEST_NAME(__LINE__)> reg; \
  }; \
  const ::es::testing::test_registration<ES_TEST_NAME(__LINE__)> \
    ES_TEST_NAME(__LINE__)::reg{__FILE__, sentence}; \
  } \
  void ES_TEST_NAME(__LINE__)::run_test_impl()

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
#define ES_REQUIRE(...) CAF_REQUIRE(__VA_ARGS__)
#define ES_REQUIRE_EQ(x, y) CAF_REQUIRE_EQUAL(x, y)
#define ES_FAIL(message) CAF_FAIL(message)
#define ES_MESSAGE(message) CAF_TEST_PRINT_VERBOSE(message)

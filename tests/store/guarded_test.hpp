#pragma once

#include "eventsource/tests/kit/test.hpp"

#include <functional>
#include <string>
#include <string_view>

/// Tests that end alone: a requirement that is not met, or an exception, fails
/// its own test and lets destructors run, so that no server stays behind. (The
/// framework's own requirement aborts the program.)
namespace es::testing {

/// Thrown by `ES_NEED`.
struct unmet_need {};

/// Adds a test to the suite of `file` while the program starts.
struct guarded_test_registration {
  guarded_test_registration(std::string_view file, std::string sentence,
                            std::function<void()> body);
};

} // namespace es::testing

/// Notes a failure and ends the test. Only in the thread of the test.
#define ES_NEED(...) \
  do { \
    const bool es_is_met = static_cast<bool>(__VA_ARGS__); \
    ES_CHECK(es_is_met&& #__VA_ARGS__); \
    if (!es_is_met) { \
      ES_MESSAGE("needed: " #__VA_ARGS__); \
      throw ::es::testing::unmet_need{}; \
    } \
  } while (false)

#define ES_GUARDED_NAME_2(kind, line) es_guarded_##kind##_##line
#define ES_GUARDED_NAME(kind, line) ES_GUARDED_NAME_2(kind, line)

/// As `ES_TEST`.
#define ES_GUARDED_TEST(sentence) \
  static void ES_GUARDED_NAME(body, __LINE__)(); \
  static const ::es::testing::guarded_test_registration ES_GUARDED_NAME( \
    entry, __LINE__){__FILE__, sentence, ES_GUARDED_NAME(body, __LINE__)}; \
  static void ES_GUARDED_NAME(body, __LINE__)()

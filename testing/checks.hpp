#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/testing/specification_failed.hpp"

#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// What a test needs beside the kit's own sentences, for those who use no test
/// framework. Each throws `specification_failed`.
namespace es::testing {

/// `holds` is true; the sentence says what was expected.
inline void check(bool holds, std::string_view sentence,
                  source_place where = source_place::current()) {
  if (!holds)
    throw specification_failed(to_string(where) + std::string(sentence));
}

namespace detail {

template <class T>
std::string shown(const T& value) {
  std::ostringstream out;
  if constexpr (std::is_enum_v<T> && requires { to_string(value); })
    out << to_string(value);
  else if constexpr (requires { out << value; })
    out << value;
  else
    out << "(a value that can't be printed)";
  return out.str();
}

} // namespace detail

/// Both are equal.
template <class Actual, class Expected>
void check_equal(const Actual& actual, const Expected& expected,
                 source_place where = source_place::current()) {
  if (!(actual == expected))
    throw specification_failed(to_string(where) + "expected "
                               + detail::shown(expected) + ", but it is "
                               + detail::shown(actual));
}

/// What is in a result that must be there.
template <class T>
[[nodiscard]] T value_of(result<T> outcome,
                         source_place where = source_place::current()) {
  if (!outcome)
    throw specification_failed(to_string(where) + to_string(outcome.error()));
  if constexpr (!std::is_void_v<T>)
    return *std::move(outcome);
}

} // namespace es::testing

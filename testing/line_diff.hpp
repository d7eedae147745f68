#pragma once

#include <string>
#include <string_view>

namespace es::testing {

/// Two texts line by line: what only `expected` has begins with "- ", what only
/// `actual` has with "+ ", what both have with two blanks. Of long equal parts
/// only the three lines beside a difference are shown. Empty if they are equal.
[[nodiscard]] std::string line_diff(std::string_view expected,
                                    std::string_view actual);

/// JSON text over several lines, members in the order of their names; text that
/// is no JSON as it is.
[[nodiscard]] std::string pretty_json(std::string_view text);

/// Every line of `text` after `indent`, with a line end.
[[nodiscard]] std::string indented(std::string_view text,
                                   std::string_view indent);

} // namespace es::testing

#pragma once

#include "eventsource/tests/kit/test.hpp"

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of settings look at messages with.
namespace es::testing {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

/// Tells what there is instead.
inline bool contains(std::string_view text, std::string_view part) {
  auto found = text.find(part) != std::string_view::npos;
  if (!found)
    ES_MESSAGE("`" << part << "` is not in: " << text);
  return found;
}

} // namespace es::testing

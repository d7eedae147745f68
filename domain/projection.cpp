#include "eventsource/domain/projection.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace es {

cell::cell(double value) {
  // The shortest text that reads back as the same number.
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  text_ = std::string(text.data(), end);
}

cell::cell(const nlohmann::json& value) : text_(value.dump()) {
  // nop
}

} // namespace es

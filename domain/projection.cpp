#include "eventsource/domain/projection.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace es {

cell::cell(double value) {
  // As PostgreSQL writes them; it has one NaN, without a sign.
  if (!std::isfinite(value)) {
    text_ = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  // The shortest text that reads back as the same number.
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  text_ = std::string(text.data(), end);
}

cell::cell(const nlohmann::json& value) : text_(value.dump()) {
  // nop
}

} // namespace es

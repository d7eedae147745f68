#include "eventsource/domain/projection.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace es {

namespace {

std::string text_of(double value) {
  // As PostgreSQL writes them; it has one NaN, without a sign.
  if (!std::isfinite(value))
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  // The shortest text that reads back as the same number.
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

struct to_text {
  std::string operator()(std::monostate) const {
    return {};
  }
  std::string operator()(const std::string& value) const {
    return value;
  }
  std::string operator()(bool value) const {
    return value ? "true" : "false";
  }
  std::string operator()(std::int64_t value) const {
    return std::to_string(value);
  }
  std::string operator()(double value) const {
    return text_of(value);
  }
  std::string operator()(timestamp value) const {
    return es::to_string(value);
  }
};

} // namespace

cell::cell(const nlohmann::json& value) : content_(value.dump()) {
  // nop
}

std::optional<std::string> cell::text() const {
  if (is_null())
    return std::nullopt;
  return std::visit(to_text{}, content_);
}

std::string_view cell::text(std::string& made) const {
  if (const auto* text = string_if())
    return *text;
  made = std::visit(to_text{}, content_);
  return made;
}

std::weak_ordering operator<=>(const cell& a, const cell& b) {
  const auto *x = a.string_if(), *y = b.string_if();
  return x && y ? *x <=> *y : a.text() <=> b.text();
}

} // namespace es

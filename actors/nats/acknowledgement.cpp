#include "eventsource/actors/nats/acknowledgement.hpp"

#include <nlohmann/json.hpp>

namespace es::actors::nats {

result<void> read_acknowledgement(std::string_view answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object())
    return fail(errc::unavailable,
                "the broker's answer is not one of JetStream's");
  const auto error = json.find("error");
  if (error == json.end()) {
    if (json.contains("stream"))
      return {};
    return fail(errc::unavailable, "the broker names no stream in its answer");
  }
  if (!error->is_object())
    return fail(errc::unavailable,
                "the broker's answer is not one of JetStream's");
  // A broker's text, of which nothing is certain.
  const auto number = error->find("code");
  const bool has_code = number != error->end() && number->is_number_integer();
  const auto code = has_code ? number->get<std::int64_t>() : 500;
  const auto text = error->find("description");
  const bool has_text = text != error->end() && text->is_string();
  // As with HTTP: below 500 it is the message that is wrong.
  return fail(code >= 400 && code < 500 ? errc::invalid : errc::unavailable,
              "the broker refuses it: "
                + (has_text ? text->get<std::string>() : "it says not why")
                + " (" + std::to_string(code) + ")");
}

void append_token(std::string& to, std::string_view value) {
  for (char c : value) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                      || (c >= '0' && c <= '9') || c == '-' || c == '_';
    to += fits ? c : '_';
  }
  if (value.empty())
    to += '_';
}

} // namespace es::actors::nats

#include "eventsource/domain/event_template.hpp"

namespace es {

event_template::field
event_template::find_field(std::string_view name) noexcept {
  if (name == "aggregate_type")
    return field::aggregate_type;
  if (name == "aggregate_id")
    return field::aggregate_id;
  if (name == "event_type")
    return field::event_type;
  if (name == "event_id")
    return field::event_id;
  if (name == "schema_version")
    return field::schema_version;
  return field::none;
}

result<event_template> event_template::parse(std::string_view text,
                                             std::string_view what) {
  event_template made;
  auto wrong = [&](std::string_view why) {
    return fail(errc::invalid,
                std::string(what) + " \"" + std::string(text) + "\" "
                  + std::string(why)
                  + "; there are {aggregate_type}, {aggregate_id}, "
                    "{event_type}, {event_id} and {schema_version}");
  };
  for (auto rest = text; !rest.empty();) {
    const auto open = rest.find_first_of("{}");
    part next{std::string(rest.substr(0, open))};
    if (open == std::string_view::npos) {
      made.parts_.push_back(std::move(next));
      break;
    }
    const auto close = rest.find('}', open);
    if (rest[open] == '}' || close == std::string_view::npos)
      return wrong("has a brace that belongs to no placeholder");
    const auto name = rest.substr(open + 1, close - open - 1);
    next.behind = find_field(name);
    if (next.behind == field::none)
      return wrong("has the unknown placeholder {" + std::string(name) + "}");
    made.parts_.push_back(std::move(next));
    rest.remove_prefix(close + 1);
  }
  return made;
}

void event_template::fill(std::string& to, const recorded_event& event,
                          encoder encode) const {
  for (const auto& part : parts_) {
    to += part.text;
    switch (part.behind) {
      case field::aggregate_type:
        encode(to, event.aggregate_type);
        break;
      case field::aggregate_id:
        encode(to, event.aggregate_id);
        break;
      case field::event_type:
        encode(to, event.type);
        break;
      case field::event_id:
        encode(to, event.id);
        break;
      case field::schema_version:
        to += std::to_string(event.schema_version);
        break;
      case field::none:
        break;
    }
  }
}

std::string event_template::fixed_text() const {
  std::string text;
  for (const auto& part : parts_)
    text += part.text;
  return text;
}

} // namespace es

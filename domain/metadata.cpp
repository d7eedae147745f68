#include "eventsource/domain/metadata.hpp"

#include "eventsource/domain/json_text.hpp"

namespace es {

namespace {

constexpr const char* correlation_field = "correlation_id";
constexpr const char* causation_field = "causation_id";
constexpr const char* command_field = "command_id";
constexpr const char* traceparent_field = "traceparent";
constexpr const char* actor_field = "actor";

std::optional<std::string> text_of(const nlohmann::json& fields,
                                   const char* name) {
  if (fields.is_null())
    return std::nullopt;
  auto i = fields.find(name);
  if (i == fields.end() || !i->is_string())
    return std::nullopt;
  return i->get<std::string>();
}

} // namespace

result<metadata> metadata::parse(std::string_view text) {
  if (text == "{}")
    return metadata{};
  auto value = decode_json(text, "metadata");
  if (!value)
    return fail(errc::invalid, value.error().message);
  return from_json(std::move(*value));
}

result<metadata> metadata::from_json(nlohmann::json value) {
  if (!value.is_object())
    return fail(errc::invalid, std::string{"metadata must be a JSON object, "
                                           "this is of type "}
                                 + value.type_name());
  if (!has_allowed_depth(value))
    return fail(errc::invalid, "metadata nests more than "
                                 + std::to_string(json_depth_max)
                                 + " levels deep; make it flatter");
  metadata about;
  if (!value.empty())
    about.fields_ = std::move(value);
  return about;
}

const nlohmann::json& metadata::json() const noexcept {
  static const auto none = nlohmann::json::object();
  return fields_.is_null() ? none : fields_;
}

std::optional<std::string> metadata::correlation_id() const {
  return text_of(fields_, correlation_field);
}

metadata& metadata::correlation_id(std::string value) {
  return set(correlation_field, std::move(value));
}

std::optional<std::string> metadata::causation_id() const {
  return text_of(fields_, causation_field);
}

metadata& metadata::causation_id(std::string value) {
  return set(causation_field, std::move(value));
}

std::optional<std::string> metadata::command_id() const {
  return text_of(fields_, command_field);
}

metadata& metadata::command_id(std::string value) {
  return set(command_field, std::move(value));
}

std::optional<std::string> metadata::traceparent() const {
  return text_of(fields_, traceparent_field);
}

metadata& metadata::traceparent(std::string value) {
  return set(traceparent_field, std::move(value));
}

std::optional<std::string> metadata::actor() const {
  return text_of(fields_, actor_field);
}

metadata& metadata::actor(std::string value) {
  return set(actor_field, std::move(value));
}

result<void> metadata::check() const {
  if (fields_.is_null())
    return {};
  for (const char* name : {correlation_field, causation_field, command_field,
                           traceparent_field, actor_field}) {
    auto i = fields_.find(name);
    if (i != fields_.end() && !i->is_string() && !i->is_null())
      return fail(errc::invalid,
                  "the field `" + std::string(name)
                    + "` of the metadata must be a text, this is of type "
                    + i->type_name() + "; put it in quotes");
  }
  return {};
}

metadata& metadata::set(std::string_view name, nlohmann::json value) {
  fields_[std::string(name)] = std::move(value);
  return *this;
}

metadata event_metadata(const metadata& command,
                        const std::optional<std::string>& command_id) {
  auto about = command;
  if (!command_id)
    return about;
  about.command_id(*command_id);
  if (!about.correlation_id())
    about.correlation_id(*command_id);
  if (!about.causation_id())
    about.causation_id(*command_id);
  return about;
}

metadata follow_up_metadata(const std::string& event_id,
                            std::string_view event_metadata) {
  const auto about = metadata::parse(event_metadata).value_or(metadata{});
  metadata next;
  next.causation_id(event_id);
  next.correlation_id(about.correlation_id().value_or(event_id));
  if (auto trace = about.traceparent())
    next.traceparent(std::move(*trace));
  return next;
}

} // namespace es

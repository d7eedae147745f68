#include "eventsource/domain/event_codec.hpp"

#include <optional>

namespace es::detail {

namespace {

std::string kind_of(const nlohmann::json& value) {
  if (value.is_string())
    return "a text";
  if (value.is_number())
    return "a number";
  if (value.is_boolean())
    return "true or false";
  if (value.is_array())
    return "a list";
  return value.is_object() ? "an object" : "null";
}

/// The field of which the JSON library says that it is missing.
std::optional<std::string> missing_field(std::string_view what) {
  constexpr std::string_view before = "key '";
  constexpr std::string_view after = "' not found";
  const auto begin = what.find(before);
  const auto end = what.rfind(after);
  if (begin == std::string_view::npos || end == std::string_view::npos
      || end < begin + before.size())
    return std::nullopt;
  return std::string(
    what.substr(begin + before.size(), end - begin - before.size()));
}

/// The JSON library does not say which field has the wrong type.
std::optional<std::string> wrong_field(const nlohmann::json& given,
                                       const nlohmann::json& sample) {
  for (const auto& [name, wanted] : sample.items()) {
    const auto i = given.find(name);
    if (i != given.end() && !wanted.is_null() && kind_of(*i) != kind_of(wanted))
      return "the field `" + name + "` must be " + kind_of(wanted) + ", not "
             + kind_of(*i);
  }
  return std::nullopt;
}

} // namespace

std::string misfit_text(const nlohmann::json& given,
                        const nlohmann::json& sample) {
  if (sample.is_object() && !given.is_object())
    return "it must be a JSON object, not " + kind_of(given);
  try {
    throw;
  } catch (const nlohmann::json::out_of_range& e) {
    if (auto name = missing_field(e.what()))
      return "the field `" + *name + "` is missing";
  } catch (const nlohmann::json::type_error&) {
    if (sample.is_object())
      if (auto text = wrong_field(given, sample))
        return *text;
  } catch (...) {
    // What a user's own conversion says is for people as it is.
  }
  auto text = exception_text();
  if (text.starts_with("[json.exception."))
    text.erase(0, text.find("] ") + 2);
  return text;
}

tl::unexpected<error> unreadable_event(const recorded_event& event,
                                       std::string_view why) {
  return fail(errc::corrupt, "event " + event.type + " (" + event.id + ") of "
                               + event.aggregate_type + " " + event.aggregate_id
                               + " at version " + std::to_string(event.version)
                               + " can't be read: " + std::string(why));
}

result<void> check_next(std::string_view aggregate_type, version_t version,
                        const recorded_event& event) {
  if (event.aggregate_type != aggregate_type)
    return unreadable_event(event, "an aggregate of type "
                                     + std::string(aggregate_type)
                                     + " was expected");
  if (event.version != version + 1)
    return unreadable_event(event, "version " + std::to_string(version + 1)
                                     + " should follow (promise 3: versions "
                                       "without gap or repeat)");
  return {};
}

tl::unexpected<error> misfit(const any_command& command,
                             const std::string& why) {
  return fail(errc::invalid, "the JSON of command " + command.type()
                               + " does not fit: " + why);
}

} // namespace es::detail

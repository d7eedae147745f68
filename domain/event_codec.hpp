#pragma once

#include "eventsource/domain/aggregate.hpp"
#include "eventsource/domain/command.hpp"
#include "eventsource/domain/exception_text.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/upcasters.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// How events, states and commands become JSON and read back: what the erased
/// forms of aggregates and of processes have in common.
namespace es::detail {

template <class T>
void decode_into(const nlohmann::json& json, T& value) {
  if constexpr (!std::is_empty_v<T>)
    from_json(json, value);
}

template <class T>
nlohmann::json encode_from(const T& value) {
  if constexpr (std::is_empty_v<T>) {
    return nlohmann::json::object();
  } else {
    nlohmann::json json;
    to_json(json, value);
    return json;
  }
}

template <class E>
consteval int schema_version_of() {
  if constexpr (requires { E::schema_version; })
    return E::schema_version;
  else
    return 1;
}

template <class A, class E>
consteval bool is_published() {
  if constexpr (requires { typename A::published; })
    return contains<E, typename A::published>;
  else
    return false;
}

/// Why JSON did not fit a command, as a sentence about its fields, from the
/// exception that was just caught; inside a handler only. `sample` is the
/// command's JSON with other values.
[[nodiscard]] std::string misfit_text(const nlohmann::json& given,
                                      const nlohmann::json& sample);

/// Adds type, aggregate and event to a failure while reading an event.
[[nodiscard]] tl::unexpected<error>
unreadable_event(const recorded_event& event, std::string_view why);

/// Checks type and version of the next event to replay.
[[nodiscard]] result<void> check_next(std::string_view aggregate_type,
                                      version_t version,
                                      const recorded_event& event);

/// Says that the JSON of a command is not what it should be.
[[nodiscard]] tl::unexpected<error> misfit(const any_command& command,
                                           const std::string& why);

/// Inside a handler only.
template <class C>
std::string why_misfit(const any_command& command) {
  nlohmann::json given;
  nlohmann::json sample;
  try {
    given = command.to_json();
    sample = encode_from(C{});
  } catch (...) {
    // Then the text of the first exception has to do.
  }
  return misfit_text(given, sample);
}

/// Reads a command that came as JSON, or as an object of another type.
template <class C>
result<C> decode_command(const any_command& command) {
  C decoded;
  try {
    if (const auto* json = command.json_if(); !json)
      decode_into(command.to_json(), decoded);
    else if (has_allowed_depth(*json))
      decode_into(*json, decoded);
    else
      return misfit(command, "it nests more than "
                               + std::to_string(json_depth_max)
                               + " levels deep");
  } catch (...) {
    return misfit(command, why_misfit<C>(command));
  }
  return decoded;
}

template <class A, class E>
A call_apply(std::type_identity_t<A>&& state, const E& event,
             const event_context& context) {
  if constexpr (applies_with_context<A, E>)
    return apply(std::move(state), event, context);
  else
    return apply(std::move(state), event);
}

/// A stored event in its present form.
template <class E>
struct decoded_event {
  E event;
  metadata about;
};

/// Reads an event that is stored under a name of `E`.
template <class E>
result<decoded_event<E>> decode_event(const recorded_event& stored,
                                      const upcasters& steps) {
  auto json = decode_json(stored.data, "data");
  if (json && stored.schema_version != schema_version_of<E>())
    json = steps.upcast(std::string(E::event_type), stored.schema_version,
                        schema_version_of<E>(), std::move(*json));
  if (!json)
    return unreadable_event(stored, json.error().message);
  auto about = metadata::parse(stored.metadata);
  if (!about)
    return unreadable_event(stored, about.error().message);
  decoded_event<E> decoded{E{}, std::move(*about)};
  try {
    decode_into(*json, decoded.event);
  } catch (...) {
    return unreadable_event(stored, exception_text());
  }
  return decoded;
}

/// Encodes new events and applies them one after the other; `first` is what the
/// first of them gets. `owner` is the name of their type in an error.
template <class A, class OneOf>
result<void> take_up(A& state, const std::vector<OneOf>& events,
                     std::vector<decided_event>& encoded,
                     const event_context& first, std::string_view owner) {
  auto version = first.version;
  encoded.reserve(encoded.size() + events.size());
  auto take = [&]<class E>(const E& event) -> result<void> {
    if constexpr (!std::is_same_v<E, std::monostate>) {
      auto data = encode_json(encode_from(event));
      if (!data)
        return fail(data.error().code, "event " + std::string(E::event_type)
                                         + " of " + std::string(owner) + " "
                                         + std::string(first.aggregate_id)
                                         + ": " + data.error().message);
      encoded.push_back({std::string(E::event_type), schema_version_of<E>(),
                         std::move(*data), is_published<A, E>()});
      state = call_apply<A>(std::move(state), event,
                            event_context{first.aggregate_id, version,
                                          first.occurred_at, first.metadata});
      ++version;
    }
    return {};
  };
  for (const auto& event : events)
    if (auto taken = std::visit(take, event); !taken)
      return taken;
  return {};
}

} // namespace es::detail

#pragma once

#include "eventsource/domain/aggregate_type.hpp"

#include <functional>
#include <map>
#include <string>

namespace es::testing {

/// Reads JSON text as a type of the user's and writes it again; fails with what
/// reading or writing said.
using round_trip = std::function<result<std::string>(const std::string& json)>;

/// Round trips by the names of the types.
using round_trips = std::map<std::string, round_trip, std::less<>>;

namespace detail {

template <class T>
result<std::string> read_and_write(const std::string& text) {
  auto json = decode_json(text, "the JSON");
  if (!json)
    return tl::unexpected(json.error());
  try {
    T value{};
    es::detail::decode_into(*json, value);
    return encode_json(es::detail::encode_from(value));
  } catch (...) {
    return fail(errc::corrupt, exception_text());
  }
}

template <class... Events>
round_trips trips_of_events(type_list<Events...>) {
  return {{std::string(Events::event_type), read_and_write<Events>}...};
}

template <class... Commands>
round_trips trips_of_commands(type_list<Commands...>) {
  return {{std::string(Commands::command_type), read_and_write<Commands>}...};
}

template <class... Events>
std::map<std::string, int, std::less<>>
schema_versions_of(type_list<Events...>) {
  return {{std::string(Events::event_type),
           es::detail::schema_version_of<Events>()}...};
}

} // namespace detail

} // namespace es::testing

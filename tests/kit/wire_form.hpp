#pragma once

/// A value as CAF sends it to another node, and back: another seam of the test
/// kit to CAF's versions.

#include "eventsource/actors/caf_compat.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace es::testing {

#if ES_CAF_MODERN

template <class T>
std::string to_wire(caf::actor_system& system, const T& value) {
  caf::byte_buffer bytes;
  caf::binary_serializer sink{system, bytes};
  if (!sink.apply(value))
    return {};
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whether the bytes are those of a value; others follow unread.
template <class T>
bool from_wire(caf::actor_system& system, std::string_view bytes, T& value) {
  caf::binary_deserializer source{
    system, caf::as_bytes(caf::make_span(bytes.data(), bytes.size()))};
  return source.apply(value);
}

#else

template <class T>
std::string to_wire(caf::actor_system& system, T value) {
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  if (sink(value))
    return {};
  return {bytes.begin(), bytes.end()};
}

/// Whether the bytes are those of a value; others follow unread.
template <class T>
bool from_wire(caf::actor_system& system, std::string_view bytes, T& value) {
  caf::binary_deserializer source{system, bytes.data(), bytes.size()};
  return !source(value);
}

#endif

} // namespace es::testing

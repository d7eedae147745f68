#pragma once

#include "eventsource/domain/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace es {

/// The value as CBOR (RFC 8949): what messages between nodes carry.
[[nodiscard]] std::string encode_cbor(const nlohmann::json& value);

/// Reads CBOR as `encode_cbor` writes it: what JSON has, no tags, no byte
/// strings, every length in front. Fails with `errc::invalid`, also on more
/// than `json_depth_max` levels: the bytes come from outside, and reading
/// recurses.
[[nodiscard]] result<nlohmann::json> decode_cbor(std::string_view bytes);

/// The CBOR of a type that converts to JSON (nlohmann's macros). An empty
/// struct needs no conversion.
template <class T>
std::string to_cbor(const T& value) {
  nlohmann::json json = nlohmann::json::object();
  if constexpr (!std::is_empty_v<T>)
    to_json(json, value);
  return encode_cbor(json);
}

/// Reads it; the bytes may come from outside. False, never an exception, if
/// they are malformed.
template <class T>
bool from_cbor(const std::string& bytes, T& value) noexcept {
  try {
    const auto json = decode_cbor(bytes);
    if (!json)
      return false;
    if constexpr (!std::is_empty_v<T>)
      from_json(*json, value);
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace es

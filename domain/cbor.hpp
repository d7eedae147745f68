#pragma once

#include "eventsource/domain/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace es {

/// The value as CBOR (RFC 8949): what messages between nodes carry.
[[nodiscard]] std::string encode_cbor(const nlohmann::json& value);

/// Reads CBOR as `encode_cbor` writes it: what JSON has, no tags, no byte
/// strings, every length in front. Fails with `errc::invalid`, also on more
/// than `json_depth_max` levels: the bytes come from outside, and reading
/// recurses.
[[nodiscard]] result<nlohmann::json> decode_cbor(std::string_view bytes);

} // namespace es

#pragma once

#include "eventsource/domain/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace es {

/// How many levels of objects and arrays JSON may have here. Copying and
/// writing a value recurse, so that its depth is bounded before it exhausts the
/// stack.
inline constexpr int json_depth_max = 500;

/// Whether `value` has at most `json_depth_max` levels.
[[nodiscard]] bool has_allowed_depth(const nlohmann::json& value);

/// Whether `value`, written as compact JSON, has at most `bytes_max` bytes.
/// Does not write it, stops counting beyond the bound, and looks no deeper than
/// `json_depth_max` levels.
[[nodiscard]] bool has_allowed_size(const nlohmann::json& value,
                                    std::size_t bytes_max);

/// Writes compact JSON that PostgreSQL's `jsonb` accepts and that reads back
/// equal. Fails with `errc::invalid` on invalid UTF-8, on NUL characters
/// (`jsonb` has none), on numbers that are not finite (JSON would have null)
/// and on more than `json_depth_max` levels; the error names the place as a
/// JSON pointer.
[[nodiscard]] result<std::string> encode_json(const nlohmann::json& value);

/// Parses JSON text. `what` names the text in the error ("event data of ...").
/// Fails with `errc::corrupt`, also on more than `json_depth_max` levels.
[[nodiscard]] result<nlohmann::json> decode_json(std::string_view text,
                                                 std::string_view what);

/// Checks text that will be stored outside of JSON (ids, type names): valid
/// UTF-8, no NUL. `what` names it in the error.
[[nodiscard]] result<void> check_text(std::string_view text,
                                      std::string_view what);

} // namespace es

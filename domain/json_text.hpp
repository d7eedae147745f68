#pragma once

#include "eventsource/domain/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace es {

/// Writes compact JSON that PostgreSQL's `jsonb` accepts. Fails with
/// `errc::invalid` on invalid UTF-8 and on NUL characters (`jsonb` has none).
[[nodiscard]] result<std::string> encode_json(const nlohmann::json& value);

/// Parses JSON text. `what` names the text in the error ("event data of ...").
[[nodiscard]] result<nlohmann::json> decode_json(std::string_view text,
                                                 std::string_view what);

/// Checks text that will be stored outside of JSON (ids, type names): valid
/// UTF-8, no NUL. `what` names it in the error.
[[nodiscard]] result<void> check_text(std::string_view text,
                                      std::string_view what);

} // namespace es

#pragma once

#include "eventsource/domain/error.hpp"

#include <string_view>

namespace es::actors::nats {

/// What a JetStream server's answer to a message means: stored (or a duplicate
/// of one that is), or an error in the terms of `publisher`.
[[nodiscard]] result<void> read_acknowledgement(std::string_view answer);

/// A value as a token of a subject.
void append_token(std::string& to, std::string_view value);

} // namespace es::actors::nats

#pragma once

#include "eventsource/store/append.hpp"

namespace es::store::memory {

/// What PostgreSQL, or the store in front of it, refuses whatever is stored
/// already: empty ids, text that is no UTF-8 or has NUL characters, data that
/// is no JSON, rows that do not fit their table. The message names aggregate
/// and field.
[[nodiscard]] result<void> check_append(const append_request& append);

} // namespace es::store::memory

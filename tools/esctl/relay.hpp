#pragma once

#include "eventsource/store/outbox.hpp"

namespace esctl {

/// Waits until nothing is left that a relay could publish, or the program was
/// asked to end.
[[nodiscard]] es::result<void> await_drained(es::store::outbox_store& outbox);

} // namespace esctl

#pragma once

#include "eventsource/store/outbox.hpp"
#include "eventsource/tools/esctl/session.hpp"

namespace esctl {

/// Waits until nothing is left that a relay could publish, or the program was
/// asked to end, and shows how much is.
[[nodiscard]] es::result<void> await_drained(const global_options& global,
                                             es::store::outbox_store& outbox);

} // namespace esctl

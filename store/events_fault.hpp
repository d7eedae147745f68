#pragma once

#include "eventsource/domain/error.hpp"

namespace es::store {

/// Whether an error of a projection may follow from an event; others would meet
/// every event.
[[nodiscard]] constexpr bool is_events_fault(errc code) noexcept {
  return code == errc::statement_failed || code == errc::invalid
         || code == errc::internal || code == errc::corrupt
         || code == errc::rejected;
}

} // namespace es::store

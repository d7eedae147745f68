#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/store/event_store.hpp"

#include <limits>
#include <string>

namespace esctl {

inline constexpr es::version_t latest =
  std::numeric_limits<es::version_t>::max();

/// The state of an aggregate at a version, or at its last one: from the nearest
/// snapshot below, page by page. `errc::not_found` if it has not come so far.
[[nodiscard]] es::result<es::versioned_state>
state_at(es::store::event_store& store, const es::aggregate_type& type,
         const std::string& id, es::version_t version);

} // namespace esctl

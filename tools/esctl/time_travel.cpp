#include "eventsource/tools/esctl/time_travel.hpp"

#include <algorithm>

namespace esctl {

es::result<es::versioned_state> state_at(es::store::event_store& store,
                                         const es::aggregate_type& type,
                                         const std::string& id,
                                         es::version_t version) {
  constexpr es::version_t page = 1000;
  es::versioned_state now{type.initial(), 0};
  auto snapshot = store.load_snapshot(id, version);
  if (!snapshot)
    return tl::unexpected(snapshot.error());
  if (*snapshot && (*snapshot)->state_version == type.state_version())
    if (auto state = type.decode_state((*snapshot)->data))
      now = {std::move(*state), (*snapshot)->version};
  while (now.version < version) {
    auto limit = std::min(page, version - now.version);
    auto events =
      store.load_events(id, now.version + 1, static_cast<std::size_t>(limit));
    if (!events)
      return tl::unexpected(events.error());
    if (events->empty())
      break;
    auto next = type.replay(std::move(now), *events);
    if (!next)
      return next;
    now = std::move(*next);
  }
  if (now.version == 0)
    return es::fail(es::errc::not_found,
                    "there is no " + type.name() + " " + id);
  if (version != latest && now.version < version)
    return es::fail(es::errc::not_found, id + " has only come to version "
                                           + std::to_string(now.version));
  return now;
}

} // namespace esctl

#pragma once

#include "eventsource/domain/async_projection.hpp"
#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace esctl {

using known_projection = std::shared_ptr<const es::async_projection>;

/// The async projections that this program knows.
[[nodiscard]] const std::vector<known_projection>& known_projections();

/// `errc::invalid` with the names that there are if there is none of this one.
[[nodiscard]] es::result<known_projection>
find_projection(const std::string& name);

inline constexpr std::size_t behind_counted_max = 10'000;

/// Events that a projection wants and that are behind a place of it.
[[nodiscard]] es::result<std::size_t>
count_behind(es::store::event_store& store, const es::async_projection& what,
             es::store::partition part, const es::store::position& place);

/// Where one partition of a projection stands.
struct partition_status {
  es::store::subscription_status stored;
  /// Events that it wants and that it has not got to; at most
  /// `behind_counted_max` are counted.
  std::size_t behind = 0;
  /// Who runs it; empty if nobody does.
  std::string owner;
};

struct projection_status {
  known_projection what;
  /// Empty if it never ran.
  std::vector<partition_status> parts;
  /// Present while it is being rebuilt, or if that was interrupted.
  std::optional<partition_status> rebuild;
  /// About how many events a rebuild has to do.
  std::int64_t rebuild_total = 0;

  [[nodiscard]] bool is_stopped() const;
};

[[nodiscard]] es::result<projection_status>
read_status(es::store::event_store& store, const known_projection& what);

/// Events that these projections have done, by whatever run.
[[nodiscard]] es::result<std::int64_t>
count_projected(es::store::event_store& store,
                const std::vector<known_projection>& all);
/// Events that these projections want, done or not; looks at every event.
[[nodiscard]] es::result<std::int64_t>
count_wanted(es::store::event_store& store,
             const std::vector<known_projection>& all);

/// Whether a projection that runs has got to the end of the log.
/// `errc::conflict` if it will not, because it is paused or has stopped.
[[nodiscard]] es::result<bool> is_caught_up(es::store::event_store& store,
                                            const known_projection& what);

} // namespace esctl

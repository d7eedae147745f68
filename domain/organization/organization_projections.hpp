#pragma once

#include "eventsource/domain/async_projection.hpp"

#include <memory>
#include <vector>

/// The async projections of the reference aggregate. Migrations make their
/// tables.
namespace es::reference {

/// What happened to the organizations of a country on a day (UTC, by the time
/// of the event): columns `country`, `day` ("2026-11-26"), `registered`,
/// `moved_in`, `moved_out`, `dissolved`. How many there were at the end of a
/// day is the sum of `registered + moved_in - moved_out - dissolved` up to it.
/// An organization whose country is not known counts under "".
[[nodiscard]] std::shared_ptr<const async_projection>
organizations_per_country();

/// The present names of the organizations that are not dissolved: columns `id`
/// and `name`, which `event_store::search_projection` finds quickly.
[[nodiscard]] std::shared_ptr<const async_projection> organization_names();

/// Both.
[[nodiscard]] const std::vector<std::shared_ptr<const async_projection>>&
organization_projections();

} // namespace es::reference

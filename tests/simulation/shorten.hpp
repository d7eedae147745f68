#pragma once

#include "eventsource/tests/simulation/finding.hpp"
#include "eventsource/tests/simulation/plan.hpp"

namespace es::simulation {

/// A plan with fewer actions that breaks the same promise, by delta debugging
/// (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
/// 2002): larger parts are left out first, then smaller ones, as long as the
/// promise still breaks. Runs the world some hundred times at most.
[[nodiscard]] plan shorten(const plan& failed, const finding& what);

} // namespace es::simulation

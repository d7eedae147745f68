#pragma once

/// The test kit's seam to CAF: a scheduler without threads, on virtual time.
/// Differences between CAF 0.17 and 1.x stand here and in actors/caf_compat.hpp
/// only.

#include "eventsource/actors/system.hpp"

#if ES_CAF_MODERN
#include <caf/detail/test_coordinator.hpp>
#else
#include <caf/scheduler/test_coordinator.hpp>
#endif

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace es::testing {

#if ES_CAF_MODERN
using test_coordinator = caf::detail::test_coordinator;
#else
using test_coordinator = caf::scheduler::test_coordinator;
#endif

/// The library's configuration, on the test scheduler.
template <class... UserBlocks>
class test_config : public actors::system_config<UserBlocks...> {
public:
  test_config() : actors::system_config<UserBlocks...>(prepared()) {
    actors::compat::set_symbol(*this, "scheduler.policy", "testing");
#if !ES_CAF_MODERN
    actors::compat::set_symbol(*this, "logger.verbosity", "quiet");
#endif
  }

private:
  // Types must be known before any config is made, and a test has no `main`.
  static actors::settings prepared() {
    actors::init_types<UserBlocks...>();
    return {};
  }
};

/// Runs actors one message at a time, when the test says so (promise 13).
class test_scheduler {
public:
  explicit test_scheduler(caf::actor_system& system)
    : coordinator_(dynamic_cast<test_coordinator&>(system.scheduler())) {
    // Clocks that start at zero hide errors with unset times.
    coordinator_.clock().current_time += std::chrono::hours(1);
  }

  /// Runs what is ready; virtual time stands still. Gives the number of
  /// messages.
  std::size_t run() {
    std::size_t count = 0;
    while (coordinator_.try_run_once())
      ++count;
    return count;
  }

  bool run_once() {
    return coordinator_.try_run_once();
  }

  // -- another order ----------------------------------------------------------

  /// How many actors have something to do.
  [[nodiscard]] std::size_t ready() const {
    return coordinator_.jobs.size();
  }

  /// Lets one of them handle one message; `which` is below `ready()`.
  void run_one(std::size_t which) {
    std::swap(coordinator_.jobs[which], coordinator_.jobs.front());
    coordinator_.try_run_once();
  }

  /// The name of one of them; empty if it is no actor.
  [[nodiscard]] std::string name_of_ready(std::size_t which) const {
    auto* actor = dynamic_cast<caf::scheduled_actor*>(coordinator_.jobs[which]);
    return actor ? actor->name() + std::to_string(actor->id()) : std::string{};
  }

  /// Those of them with this name.
  [[nodiscard]] std::vector<caf::actor>
  ready_actors(std::string_view name) const {
    std::vector<caf::actor> found;
    for (auto* job : coordinator_.jobs)
      if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
          actor && actor->name() == name)
        found.push_back(caf::actor_cast<caf::actor>(actor));
    return found;
  }

  // -- time -------------------------------------------------------------------

  /// Moves virtual time, firing what becomes due in order and running what it
  /// wakes before the next.
  void advance(std::chrono::nanoseconds by) {
    run();
    auto& clock = coordinator_.clock();
    const auto target = clock.current_time + by;
    for (auto due = next_due(); due && *due <= target; due = next_due()) {
      step_to(*due);
      run();
    }
    step_to(target);
    run();
  }

  /// Virtual time since the start of the scheduler's clock.
  [[nodiscard]] std::chrono::nanoseconds now() const {
    return coordinator_.clock().current_time.time_since_epoch();
  }

  /// Moves virtual time and fires what becomes due; runs nothing.
  void step_to(caf::actor_clock::time_point when) {
    auto& clock = coordinator_.clock();
    auto delta = when > clock.current_time ? when - clock.current_time
                                           : std::chrono::nanoseconds{0};
    clock.advance_time(std::chrono::duration_cast<caf::timespan>(delta));
  }

  /// When the next timer fires.
  [[nodiscard]] std::optional<caf::actor_clock::time_point> next_due() const {
    auto& clock = coordinator_.clock();
#if ES_CAF_MODERN
    std::optional<caf::actor_clock::time_point> first;
    for (auto& [when, action] : clock.actions)
      if (!action.disposed() && (!first || when < *first))
        first = when;
    return first;
#else
    if (clock.schedule().empty())
      return std::nullopt;
    return clock.schedule().begin()->first;
#endif
  }

private:
  test_coordinator& coordinator_;
};

} // namespace es::testing

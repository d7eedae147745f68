#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <mutex>
#include <vector>

namespace es::actors {

/// The store workers that the writers of a runtime share, as many as there are
/// writers. One that has just worked is at hand: its connection's process is
/// warm, and its thread may be the very one that asks. So whoever has one
/// append takes the worker that became idle last, and whoever has more the one
/// that it had before, whose session stored what the batch follows.
///
/// Thread-safe. Ends the workers when its last owner lets go of it.
class idle_workers {
public:
  explicit idle_workers(std::vector<caf::actor> all);

  idle_workers(const idle_workers&) = delete;
  idle_workers& operator=(const idle_workers&) = delete;

  ~idle_workers();

  /// `wanted`, if it is idle; else the one that became idle last.
  [[nodiscard]] caf::actor take(const caf::actor& wanted = nullptr);

  void give_back(caf::actor worker);

  /// Of one that failed: it is taken when no other is idle.
  void give_back_last_of_all(caf::actor worker);

private:
  const std::vector<caf::actor> all_;
  std::mutex mutex_;
  /// Never empty when a writer takes one, because it gave its own back.
  std::vector<caf::actor> idle_;
};

} // namespace es::actors

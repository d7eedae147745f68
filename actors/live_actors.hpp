#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace es::actors {

/// Actors that have not ended yet. Thread-safe.
class live_actors {
public:
  void add(const caf::actor& one) {
    std::lock_guard guard{mutex_};
    all_.emplace(one.id(), one);
  }

  void remove(caf::actor_id id) {
    // Not destroyed under the lock.
    decltype(all_)::node_type gone;
    std::lock_guard guard{mutex_};
    gone = all_.extract(id);
  }

  [[nodiscard]] std::vector<caf::actor> all() const {
    std::lock_guard guard{mutex_};
    std::vector<caf::actor> result;
    for (const auto& [id, one] : all_)
      result.push_back(one);
    return result;
  }

private:
  mutable std::mutex mutex_;
  std::map<caf::actor_id, caf::actor> all_;
};

} // namespace es::actors

#pragma once

#include "eventsource/store/lease.hpp"

#include <functional>
#include <map>

namespace es::store::memory {

/// The leases that the memory store holds. Not thread-safe.
class lease_rows {
public:
  [[nodiscard]] std::optional<held_lease>
  acquire(std::string_view name, std::string_view owner,
          std::chrono::microseconds duration, timestamp now);
  [[nodiscard]] std::optional<held_lease>
  renew(const held_lease& lease, std::chrono::microseconds duration,
        timestamp now);
  void release(const held_lease& lease);
  [[nodiscard]] std::vector<lease_status> list(timestamp now) const;

  /// Whether the lease is still its owner's.
  [[nodiscard]] bool holds(const held_lease& lease) const;

private:
  /// In the order of the names' bytes.
  std::map<std::string, held_lease, std::less<>> rows_;
};

} // namespace es::store::memory

#pragma once

#include "eventsource/store/memory/lease_rows.hpp"

#include <functional>
#include <mutex>

namespace es::store::memory {

/// The leases of the memory store, under its mutex.
class memory_leases : public lease_store {
public:
  memory_leases(std::mutex& mutex, lease_rows& rows,
                const std::function<timestamp()>& now)
    : mutex_(mutex), rows_(rows), now_(now) {
    // nop
  }

  result<std::optional<held_lease>>
  acquire_lease(std::string_view name, std::string_view owner,
                std::chrono::microseconds duration) override;
  result<std::optional<held_lease>>
  renew_lease(const held_lease& lease,
              std::chrono::microseconds duration) override;
  result<void> release_lease(const held_lease& lease) override;
  result<std::vector<lease_status>> list_leases() override;

private:
  std::mutex& mutex_;
  lease_rows& rows_;
  const std::function<timestamp()>& now_;
};

} // namespace es::store::memory

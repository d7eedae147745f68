#pragma once

#include "eventsource/store/lease.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"

namespace es::store::postgres {

/// The leases of the PostgreSQL store, on connections of its pool.
class postgres_leases : public lease_store {
public:
  explicit postgres_leases(connection_pool& pool) : pool_(pool) {
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
  connection_pool& pool_;
};

} // namespace es::store::postgres

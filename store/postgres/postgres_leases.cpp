#include "eventsource/store/postgres/postgres_leases.hpp"

#include "eventsource/store/postgres/lease_table.hpp"
#include "eventsource/store/postgres/pool_call.hpp"

namespace es::store::postgres {

namespace {

using maybe_lease = std::optional<held_lease>;

std::string about_lease(std::string_view name) {
  return "lease " + std::string(name);
}

} // namespace

result<maybe_lease>
postgres_leases::acquire_lease(std::string_view name, std::string_view owner,
                               std::chrono::microseconds duration) {
  if (auto fine = refuse_nul({name, owner}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<maybe_lease>(pool_, about_lease(name), [&](connection& link) {
    return postgres::acquire_lease(link, name, owner, duration);
  });
}

result<maybe_lease>
postgres_leases::renew_lease(const held_lease& lease,
                             std::chrono::microseconds duration) {
  return call<maybe_lease>(
    pool_, about_lease(lease.name), [&](connection& link) {
      return postgres::renew_lease(link, lease, duration);
    });
}

result<void> postgres_leases::release_lease(const held_lease& lease) {
  return call<void>(pool_, about_lease(lease.name),
                    [&](connection& link) -> result<void> {
                      postgres::release_lease(link, lease);
                      return {};
                    });
}

result<std::vector<lease_status>> postgres_leases::list_leases() {
  return call<std::vector<lease_status>>(
    pool_, "listing the leases",
    [](connection& link) { return postgres::list_leases(link); });
}

} // namespace es::store::postgres

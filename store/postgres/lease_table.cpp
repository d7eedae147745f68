#include "eventsource/store/postgres/lease_table.hpp"

namespace es::store::postgres {

namespace {

parameters key_of(const held_lease& lease) {
  return {lease.name, lease.owner, std::to_string(lease.epoch)};
}

} // namespace

std::optional<held_lease> acquire_lease(connection& link, std::string_view name,
                                        std::string_view owner,
                                        std::chrono::microseconds duration) {
  const auto taken =
    link.run("acquire_lease", {std::string(name), std::string(owner),
                               std::to_string(duration.count())});
  if (taken.empty())
    return std::nullopt;
  return held_lease{.name = std::string(name),
                    .owner = std::string(owner),
                    .epoch = taken.number(0, 0),
                    .expires_at = taken.time(0, 1)};
}

std::optional<held_lease> renew_lease(connection& link, const held_lease& lease,
                                      std::chrono::microseconds duration) {
  auto values = key_of(lease);
  values.push_back(std::to_string(duration.count()));
  const auto renewed = link.run("renew_lease", values);
  if (renewed.empty())
    return std::nullopt;
  auto result = lease;
  result.expires_at = renewed.time(0, 0);
  return result;
}

void release_lease(connection& link, const held_lease& lease) {
  link.run("release_lease", key_of(lease));
}

std::vector<lease_status> list_leases(connection& link) {
  const auto found = link.run("list_leases");
  std::vector<lease_status> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back({.lease = {.name = std::string(found.text(i, 0)),
                                .owner = std::string(found.text(i, 1)),
                                .epoch = found.number(i, 2),
                                .expires_at = found.time(i, 3)},
                      .expired = found.text(i, 4) == "t"});
  return result;
}

bool holds_lease(connection& link, const held_lease& lease) {
  return !link.run("hold_lease", key_of(lease)).empty();
}

} // namespace es::store::postgres

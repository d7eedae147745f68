#include "eventsource/store/memory/lease_rows.hpp"

namespace es::store::memory {

std::optional<held_lease>
lease_rows::acquire(std::string_view name, std::string_view owner,
                    std::chrono::microseconds duration, timestamp now) {
  auto [i, is_new] = rows_.try_emplace(std::string(name));
  auto& row = i->second;
  if (!is_new && row.owner != owner && row.expires_at > now)
    return std::nullopt;
  row = {.name = std::string(name),
         .owner = std::string(owner),
         .epoch = row.epoch + 1,
         .expires_at = now + duration};
  return row;
}

std::optional<held_lease> lease_rows::renew(const held_lease& lease,
                                            std::chrono::microseconds duration,
                                            timestamp now) {
  if (!holds(lease))
    return std::nullopt;
  auto& row = rows_.find(lease.name)->second;
  row.expires_at = now + duration;
  return row;
}

void lease_rows::release(const held_lease& lease) {
  if (holds(lease))
    rows_.find(lease.name)->second.expires_at = timestamp{};
}

std::vector<lease_status> lease_rows::list(timestamp now) const {
  std::vector<lease_status> result;
  for (const auto& [name, row] : rows_)
    result.push_back({.lease = row, .expired = row.expires_at <= now});
  return result;
}

bool lease_rows::holds(const held_lease& lease) const {
  auto i = rows_.find(lease.name);
  return i != rows_.end() && i->second.owner == lease.owner
         && i->second.epoch == lease.epoch;
}

} // namespace es::store::memory

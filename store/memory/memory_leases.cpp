#include "eventsource/store/memory/memory_leases.hpp"

namespace es::store::memory {

result<std::optional<held_lease>>
memory_leases::acquire_lease(std::string_view name, std::string_view owner,
                             std::chrono::microseconds duration) {
  for (auto text : {name, owner})
    if (text.find('\0') != std::string_view::npos)
      return fail(errc::invalid, "an id or a name has a NUL character");
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return rows_.acquire(name, owner, duration, now);
}

result<std::optional<held_lease>>
memory_leases::renew_lease(const held_lease& lease,
                           std::chrono::microseconds duration) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return rows_.renew(lease, duration, now);
}

result<void> memory_leases::release_lease(const held_lease& lease) {
  std::lock_guard guard{mutex_};
  rows_.release(lease);
  return {};
}

result<std::vector<lease_status>> memory_leases::list_leases() {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return rows_.list(now);
}

} // namespace es::store::memory

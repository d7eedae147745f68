#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// The right to do what only one may do at a time. It is a right as long as
/// nobody else took it: transactions that depend on it check its epoch, so that
/// an owner who lost it without knowing can't commit (fencing).
struct held_lease {
  std::string name;
  std::string owner;
  /// Higher with each change of hands.
  std::int64_t epoch = 0;
  /// By the database's clock: when others may take it.
  timestamp expires_at{};

  friend bool operator==(const held_lease&, const held_lease&) = default;
};

/// A lease as operators see it.
struct lease_status {
  held_lease lease;
  /// Nobody has it, or its owner does not renew it.
  bool expired = false;
};

/// Leases by name. All functions block, none throws, all are thread-safe. Time
/// is the database's; in the memory store that of its clock.
class lease_store {
public:
  virtual ~lease_store() = default;

  /// Takes a lease that nobody has, that has expired, or that this owner has:
  /// with a new epoch in any case, so that an earlier incarnation of the owner
  /// is fenced off. Empty if another owner has it. Waits for transactions that
  /// hold the lease. `owner` should be unique to one incarnation of a program.
  [[nodiscard]] virtual result<std::optional<held_lease>>
  acquire_lease(std::string_view name, std::string_view owner,
                std::chrono::microseconds duration) = 0;

  /// Puts its end off to `duration` from now. Waits for no transaction. Empty
  /// if it was lost.
  [[nodiscard]] virtual result<std::optional<held_lease>>
  renew_lease(const held_lease& lease, std::chrono::microseconds duration) = 0;

  /// Lets others take it at once. Does nothing if it was lost.
  [[nodiscard]] virtual result<void> release_lease(const held_lease& lease) = 0;

  /// All leases that were ever taken, in the order of their names' bytes.
  [[nodiscard]] virtual result<std::vector<lease_status>> list_leases() = 0;
};

/// What a transaction is refused with whose lease was lost: `errc::conflict`.
[[nodiscard]] error lost_lease(const held_lease& lease);

} // namespace es::store

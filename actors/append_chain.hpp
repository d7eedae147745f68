#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace es::actors {

/// Appends of one aggregate, each decided on the state that the one before it
/// leads to (promise 5). When one of them was not stored as decided, the writer
/// breaks the chain there and stores none of those behind it, whatever the
/// tables hold by then: another program may have taken the missing version
/// meanwhile, and the next append would seem to fit. The aggregate begins a new
/// chain when it has the outcomes of the old one.
///
/// Appends are told apart by their tickets, which grow along the chain: one
/// that was refused because the writer's queue was full does not harm those
/// that wait before it.
///
/// Thread-safe.
class append_chain {
public:
  /// The append with this ticket was not stored as decided.
  void break_at(std::uint64_t ticket) noexcept {
    auto first = broken_at_.load(std::memory_order_acquire);
    while (ticket < first
           && !broken_at_.compare_exchange_weak(first, ticket,
                                                std::memory_order_acq_rel))
      ;
  }

  /// Whether one before the append with this ticket was not stored as decided.
  [[nodiscard]] bool is_broken_before(std::uint64_t ticket) const noexcept {
    return broken_at_.load(std::memory_order_acquire) < ticket;
  }

private:
  std::atomic<std::uint64_t> broken_at_ =
    std::numeric_limits<std::uint64_t>::max();
};

} // namespace es::actors

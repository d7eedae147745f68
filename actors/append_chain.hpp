#pragma once

#include <atomic>

namespace es::actors {

/// Appends of one aggregate, each decided on the state that the one before it
/// leads to (promise 5). When one of them was not stored as decided, the writer
/// breaks the chain and stores none of the others, whatever the tables hold by
/// then: another program may have taken the missing version meanwhile, and the
/// next append would seem to fit. The aggregate begins a new chain when it has
/// the outcomes of the old one.
///
/// Thread-safe.
class append_chain {
public:
  void break_off() noexcept {
    broken_.store(true, std::memory_order_release);
  }

  [[nodiscard]] bool is_broken() const noexcept {
    return broken_.load(std::memory_order_acquire);
  }

private:
  std::atomic<bool> broken_ = false;
};

} // namespace es::actors

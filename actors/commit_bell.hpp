#pragma once

#include <atomic>

namespace es::actors {

/// Between the persistence actors of a runtime and the hub of its
/// subscriptions: tells of commits without a message for each. Thread-safe.
class commit_bell {
public:
  /// Something was committed. Whether the hub wants a message: one of those who
  /// ring sends it, and then nobody until it listens again.
  [[nodiscard]] bool ring() noexcept {
    return state_.exchange(state::rung) == state::listening;
  }

  /// The hub knows of all that was committed until now.
  void catch_up() noexcept {
    state_ = state::quiet;
  }

  /// From here on the hub wants to be told. Whether there was a commit that it
  /// does not know of; it is not told of that one any more.
  bool listen() noexcept {
    return state_.exchange(state::listening) == state::rung;
  }

private:
  enum class state { quiet, rung, listening };

  std::atomic<state> state_ = state::quiet;
};

} // namespace es::actors

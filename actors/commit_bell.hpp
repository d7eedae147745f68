#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace es::actors {

/// Between the persistence actors of a runtime and the hub of its
/// subscriptions: tells of commits without a message for each. Thread-safe,
/// except that only the hub listens.
class commit_bell {
public:
  /// Something was committed. Whether the hub wants a message: one of those who
  /// ring sends it, and then nobody until it listens again.
  [[nodiscard]] bool ring() noexcept {
    ++rung_;
    return is_listening_.load() && is_listening_.exchange(false);
  }

  /// The hub knows of all that was committed until now.
  void catch_up() noexcept {
    heard_ = rung_;
  }

  /// From here on the hub wants to be told. Whether there was a commit that it
  /// does not know of; it is not told of that one any more.
  bool listen() noexcept {
    // In this order, and `ring` in the other one: whoever rings meanwhile sees
    // the hub listen, or is seen by it.
    is_listening_ = true;
    const auto rung = rung_.load();
    return rung != std::exchange(heard_, rung);
  }

private:
  std::atomic<std::uint64_t> rung_ = 0;
  std::atomic<bool> is_listening_ = false;
  std::uint64_t heard_ = 0;
};

} // namespace es::actors

#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/domain/error.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace es::actors {

/// Counts one command or query from the moment it was taken until it is
/// answered, whichever way that comes about: it is counted as long as its
/// ticket lives. A copy counts again.
class ticket {
public:
  using time_point = caf::actor_clock::time_point;

  /// Counts nothing.
  ticket() = default;

  ticket(std::shared_ptr<std::atomic<std::size_t>> counter, time_point taken)
    : counter_(std::move(counter)), taken_(taken) {
    count();
  }

  ticket(const ticket& other) : counter_(other.counter_), taken_(other.taken_) {
    count();
  }

  ticket(ticket&&) noexcept = default;

  ticket& operator=(ticket other) noexcept {
    std::swap(counter_, other.counter_);
    std::swap(taken_, other.taken_);
    return *this;
  }

  ~ticket() {
    if (counter_)
      counter_->fetch_sub(1, std::memory_order_relaxed);
  }

  explicit operator bool() const noexcept {
    return counter_ != nullptr;
  }

  /// When the caller's waiting began.
  [[nodiscard]] time_point taken() const noexcept {
    return taken_;
  }

private:
  void count() noexcept {
    if (counter_)
      counter_->fetch_add(1, std::memory_order_relaxed);
  }

  std::shared_ptr<std::atomic<std::size_t>> counter_;
  time_point taken_;
};

/// The bound on what one runtime has taken and not answered, over all its
/// aggregate types. Mailboxes have none: whatever comes from a caller passes
/// here before it may wait in one. Copies share the count. Thread-safe.
class admission {
public:
  explicit admission(std::size_t max) : max_(max) {
    // nop
  }

  /// Nothing if there is no room.
  [[nodiscard]] std::optional<ticket> admit(ticket::time_point now) const {
    ticket taken{count_, now};
    if (count_->load(std::memory_order_relaxed) > max_)
      return std::nullopt;
    return taken;
  }

  /// Whether so many more would be too many.
  [[nodiscard]] bool is_full_with(std::size_t more) const noexcept {
    return count_->load(std::memory_order_relaxed) + more > max_;
  }

  [[nodiscard]] error refusal() const {
    return {errc::overloaded,
            "the runtime has " + std::to_string(max_)
              + " commands and queries that are not answered yet; try again "
                "later or raise commands.unanswered_max"};
  }

  [[nodiscard]] std::shared_ptr<const std::atomic<std::size_t>>
  counter() const noexcept {
    return count_;
  }

private:
  std::size_t max_;
  std::shared_ptr<std::atomic<std::size_t>> count_ =
    std::make_shared<std::atomic<std::size_t>>(0);
};

} // namespace es::actors

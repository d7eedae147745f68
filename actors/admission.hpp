#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/domain/error.hpp"

#include <algorithm>
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
  /// Has as many owners as there are tickets, and the admission itself: the
  /// owners' count is the tickets' count.
  struct seat {};

  /// Counts nothing.
  ticket() = default;

  ticket(std::shared_ptr<const seat> one, time_point taken)
    : seat_(std::move(one)), taken_(taken) {
    // nop
  }

  explicit operator bool() const noexcept {
    return seat_ != nullptr;
  }

  /// When the caller's waiting began.
  [[nodiscard]] time_point taken() const noexcept {
    return taken_;
  }

private:
  std::shared_ptr<const seat> seat_;
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
    ticket taken{*seat_, now};
    if (unanswered() > max_)
      return std::nullopt;
    return taken;
  }

  /// How many tickets there are. A moment later there may be others.
  [[nodiscard]] std::size_t unanswered() const noexcept {
    return static_cast<std::size_t>(seat_->use_count()) - 1;
  }

  /// For how many more there would be room if there were `more` already;
  /// nothing if these are too many.
  [[nodiscard]] std::optional<std::size_t>
  room_beside(std::size_t more) const noexcept {
    const auto all = unanswered() + more;
    return all > max_ ? std::nullopt : std::optional{max_ - all};
  }

  [[nodiscard]] error refusal() const {
    return {errc::overloaded,
            "the runtime has " + std::to_string(max_)
              + " commands and queries that are not answered yet; try again "
                "later or raise commands.unanswered_max"};
  }

private:
  std::size_t max_;
  // This one owner, whatever the number of copies.
  std::shared_ptr<const std::shared_ptr<const ticket::seat>> seat_ =
    std::make_shared<std::shared_ptr<const ticket::seat>>(
      std::make_shared<ticket::seat>());
};

/// The bound on what waits in one mailbox and has no ticket yet. Counted apart
/// by those who send and by the one who receives, and compared now and then
/// only, so that their threads do not take a cache line from each other with
/// each message.
class waiting_line {
public:
  explicit waiting_line(admission door) : door_(std::move(door)) {
    // nop
  }

  /// Whether one more may wait, which then does. From any thread. Where other
  /// lines before the same door fill up at the same moment, up to
  /// `unlooked_max` more than there is room for.
  [[nodiscard]] bool join() noexcept {
    const auto joined = joined_.fetch_add(1, relaxed) + 1;
    if (joined <= room_until_.load(relaxed))
      return true;
    const auto room = door_.room_beside(joined - left_.load(relaxed));
    if (!room) {
      joined_.fetch_sub(1, relaxed);
      return false;
    }
    room_until_.store(joined + std::min(*room, unlooked_max), relaxed);
    return true;
  }

  /// One waits no longer. By the receiver only.
  void leave() noexcept {
    left_.store(left_.load(relaxed) + 1, relaxed);
  }

  [[nodiscard]] const admission& door() const noexcept {
    return door_;
  }

  static constexpr std::size_t unlooked_max = 64;

private:
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr std::size_t cache_line = 64;

  const admission door_;
  alignas(cache_line) std::atomic<std::size_t> joined_ = 0;
  /// Up to here nobody has to look at what the receiver writes.
  std::atomic<std::size_t> room_until_ = 0;
  alignas(cache_line) std::atomic<std::size_t> left_ = 0;
};

} // namespace es::actors

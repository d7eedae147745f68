#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/store/append.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <utility>

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
/// What went as decided is noted here, not sent: mostly the aggregate need not
/// know before its next command, and a turn of an actor costs more than what it
/// does in it. If it must know, it asks to be told.
///
/// Thread-safe where nothing else is said.
class append_chain {
public:
  append_chain() = default;

  explicit append_chain(caf::actor_addr owner) : owner_(std::move(owner)) {
    // nop
  }

  /// The aggregate's actor; null if there is none to be told.
  [[nodiscard]] const caf::actor_addr& owner() const noexcept {
    return owner_;
  }

  // -- what was not stored as decided -----------------------------------------

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

  // -- what has committed -----------------------------------------------------

  enum class owner_state {
    content,
    /// Wants to be told.
    asking,
    /// Stopped before the note: another actor may have the aggregate by now,
    /// and may have read it before the commit.
    gone,
  };

  /// By the writer: the append with this ticket and all before it have
  /// committed as decided, this one in `session`.
  [[nodiscard]] owner_state
  note_commit(std::uint64_t ticket, store::session_number session) noexcept {
    session_.store(session, std::memory_order_relaxed);
    const auto before =
      committed_.exchange(ticket * step, std::memory_order_acq_rel);
    if ((before & abandoned) != 0) {
      abandon();
      return owner_state::gone;
    }
    return (before & asked) != 0 ? owner_state::asking : owner_state::content;
  }

  /// The last ticket that was noted; 0 if none was.
  [[nodiscard]] std::uint64_t committed() const noexcept {
    return committed_.load(std::memory_order_acquire) / step;
  }

  /// The session of the last commit, once all of the chain are noted.
  [[nodiscard]] store::session_number session() const noexcept {
    return session_.load(std::memory_order_relaxed);
  }

  /// By the owner: wants to be told when `ticket` is noted. False if it is
  /// already.
  [[nodiscard]] bool ask_for(std::uint64_t ticket) noexcept {
    return committed_.fetch_or(asked, std::memory_order_acq_rel) / step
           < ticket;
  }

  /// By the owner, as its last word.
  void abandon() noexcept {
    committed_.fetch_or(abandoned, std::memory_order_acq_rel);
  }

  [[nodiscard]] bool is_abandoned() const noexcept {
    return (committed_.load(std::memory_order_acquire) & abandoned) != 0;
  }

  /// By the writer alone: whether outcomes are sent to the owner instead of
  /// noted. So it is from the first one on that was not a commit: a note says
  /// that all before it went as decided.
  [[nodiscard]] bool is_told_each() const noexcept {
    return (committed_.load(std::memory_order_relaxed) & told_each) != 0;
  }

  void tell_each() noexcept {
    committed_.fetch_or(told_each, std::memory_order_relaxed);
  }

private:
  static constexpr std::uint64_t asked = 1;
  static constexpr std::uint64_t told_each = 2;
  static constexpr std::uint64_t abandoned = 4;
  static constexpr std::uint64_t step = 8;

  const caf::actor_addr owner_{};
  /// A ticket, in steps, and the signs above: there are many aggregates,
  /// each with its chain.
  std::atomic<std::uint64_t> committed_ = 0;
  std::atomic<store::session_number> session_ = 0;
  std::atomic<std::uint64_t> broken_at_ =
    std::numeric_limits<std::uint64_t>::max();
};

} // namespace es::actors

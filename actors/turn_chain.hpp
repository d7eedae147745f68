#pragma once

#include "eventsource/actors/turn_pack.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <typeinfo>
#include <utility>

namespace es::actors {

/// Keeps a thread for whom its turns make ready. When a turn is over, the actor
/// that it made ready to run last runs on the same thread, then the one that
/// this made ready, and so on, at most `turns_max` in a row. What is made ready
/// besides goes to the thread pool, and so does who would have to wait for more
/// messages of a turn than the chain was made for: at once, or in packs while
/// an actor runs that said so.
///
/// CAF gives each to the pool, which wakes another thread for it while this one
/// goes to sleep: at every turn of a lone command. Tokio's scheduler keeps the
/// last one as well, and for the same reason bounds how often ("Making the
/// Tokio scheduler 10x faster", 2019, "Optimizing for message passing
/// patterns").
///
/// Lives for one `resume` of an actor, in its thread.
class turn_chain final : public compat::turn_context {
public:
  static constexpr int turns_max = 16;
  static constexpr std::size_t messages_max = 16;

  /// Nobody says that the thread has something else to do.
  static constexpr auto never = [] { return false; };

  /// The one that is kept waits for `part_max` messages of a turn at most.
  explicit turn_chain(compat::execution_context& host,
                      std::size_t part_max = messages_max)
    : compat::turn_context(host), part_max_(part_max) {
    // nop
  }

  /// The chain that `host` is; null if it is none.
  static turn_chain* in(compat::execution_context& host) {
    return typeid(host) == typeid(turn_chain) ? static_cast<turn_chain*>(&host)
                                              : nullptr;
  }

  /// Whom this turn makes ready goes to the pool so many at a time, what is
  /// left of them when the turn or its part is over.
  void pack_up_to(std::size_t turns) {
    pack_max_ = std::clamp(turns, pack_min_, turn_pack::size_max);
  }

  /// From here to `let_go` the chain runs several actors in a row, and whom
  /// they make ready waits for all of these turns.
  void hold() {
    pack_min_ = pack_max_ = turn_pack::size_max;
  }

  void let_go() {
    pack_min_ = pack_max_ = 1;
    send_pack();
  }

  turn_chain(const turn_chain&) = delete;
  turn_chain& operator=(const turn_chain&) = delete;

  ~turn_chain() override {
    pack_next();
    send_pack();
  }

  /// A turn of one actor: `resume(n)` takes n messages at most. `throughput`
  /// bounds all of them; between the parts, `is_wanted()` ends the turn.
  template <class Resume, class IsWanted = decltype(never)>
  caf::resumable::resume_result take_turn(std::size_t throughput,
                                          Resume&& resume,
                                          IsWanted is_wanted = never) {
    for (;;) {
      const auto part = std::min(throughput, part_max_);
      const auto result = resume(part);
      throughput -= part;
      const bool goes_on = result == caf::resumable::resume_later
                           && throughput > 0 && !is_wanted();
      if (goes_on)
        pack_next();
      send_pack();
      if (!goes_on)
        return result;
    }
  }

  /// Runs whom the last turn made ready, and whom they make ready, until
  /// `is_wanted()`: the thread has something else to do.
  template <class IsWanted = decltype(never)>
  void run(std::size_t throughput, IsWanted is_wanted = never) {
    for (int turns = 1; next_ && turns < turns_max && !is_wanted(); ++turns) {
      auto* job = std::exchange(next_, nullptr);
      pack_max_ = 1;
      const auto result = take_turn(
        throughput, [&](std::size_t part) { return job->resume(this, part); },
        is_wanted);
      compat::end_turn(host_, job, result);
    }
  }

private:
  void on_ready(caf::resumable* what) override {
    pack_next();
    next_ = what;
  }

  void pack_next() {
    if (!next_)
      return;
    pack_[packed_++] = std::exchange(next_, nullptr);
    if (packed_ >= pack_max_)
      send_pack();
  }

  void send_pack() {
    const auto count = std::exchange(packed_, 0);
    if (count == 1)
      compat::run_later(host_, pack_[0]);
    else if (count > 1)
      compat::run_later(host_, new turn_pack{std::span{pack_.data(), count}});
  }

  const std::size_t part_max_;
  caf::resumable* next_ = nullptr;
  std::size_t pack_min_ = 1;
  std::size_t pack_max_ = 1;
  std::array<caf::resumable*, turn_pack::size_max> pack_;
  std::size_t packed_ = 0;
};

} // namespace es::actors

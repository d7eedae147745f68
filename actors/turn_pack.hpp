#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <span>

namespace es::actors {

/// A few actors that are ready, of which a thread of the pool runs one after
/// the other: for each that the pool is given by itself it locks its queue,
/// wakes a thread and asks what it was given, which together takes longer than
/// many a turn.
///
/// After a turn that took long the others go to the pool one by one, so that
/// who is behind a slow one waits for one turn of it, which is bounded as in a
/// chain (turn_chain.hpp). Whom these turns make ready waits for all of them: a
/// writer of whom each wants something has one turn for all.
class turn_pack final : public compat::pool_job {
public:
  static constexpr std::size_t size_max = 8;

  /// About what the pool takes to wake a thread.
  static constexpr std::chrono::microseconds long_turn{50};

  /// Each comes with a reference; there are at most `size_max`.
  explicit turn_pack(std::span<caf::resumable* const> jobs);

  turn_pack(const turn_pack&) = delete;
  turn_pack& operator=(const turn_pack&) = delete;

  ~turn_pack() override;

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override;

private:
  [[nodiscard]] caf::resumable* take() {
    return jobs_[begin_++];
  }

  std::array<caf::resumable*, size_max> jobs_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace es::actors

#include "eventsource/actors/turn_pack.hpp"

#include "eventsource/actors/turn_chain.hpp"

#include <algorithm>

namespace es::actors {

turn_pack::turn_pack(std::span<caf::resumable* const> jobs)
  : end_(jobs.size()) {
  std::copy(jobs.begin(), jobs.end(), jobs_.begin());
}

turn_pack::~turn_pack() {
  while (begin_ < end_)
    intrusive_ptr_release(take());
}

caf::resumable::resume_result turn_pack::resume(compat::execution_context* host,
                                                std::size_t throughput) {
  using clock = std::chrono::steady_clock;
  compat::leave_silent_log();
  turn_chain chain{*host};
  chain.hold();
  auto since = clock::now();
  while (begin_ < end_) {
    auto* job = take();
    const auto part = std::min(throughput, turn_chain::messages_max);
    compat::end_turn(*host, job, job->resume(&chain, part));
    const auto now = clock::now();
    if (now - since > long_turn)
      break;
    since = now;
  }
  while (begin_ < end_)
    compat::run_later(*host, take());
  chain.let_go();
  chain.run(throughput);
  return done;
}

} // namespace es::actors

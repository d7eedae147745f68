#include "eventsource/actors/chained_actor.hpp"

#include <algorithm>
#include <typeinfo>
#include <utility>

namespace es::actors {

namespace {

class turn_chain final : public compat::turn_context {
public:
  using compat::turn_context::turn_context;

  turn_chain(const turn_chain&) = delete;
  turn_chain& operator=(const turn_chain&) = delete;

  /// A whole turn of one actor: `resume` takes a number of messages at most.
  template <class Resume>
  caf::resumable::resume_result take_turn(std::size_t throughput,
                                          Resume&& resume) {
    for (;;) {
      const auto part = std::min(throughput, chained_actor::messages_max);
      const auto result = resume(part);
      throughput -= part;
      if (result != caf::resumable::resume_later || throughput == 0)
        return result;
      hand_over();
    }
  }

  void run(std::size_t throughput) {
    for (int turns = 1; next_ && turns < chained_actor::turns_max; ++turns) {
      auto* job = std::exchange(next_, nullptr);
      const auto result = take_turn(
        throughput, [&](std::size_t part) { return job->resume(this, part); });
      if (result == caf::resumable::resume_later)
        compat::run_later(host_, job);
      else
        intrusive_ptr_release(job);
    }
    hand_over();
  }

private:
  void on_ready(caf::resumable* what) override {
    hand_over();
    next_ = what;
  }

  void hand_over() {
    if (next_)
      compat::run_later(host_, std::exchange(next_, nullptr));
  }

  caf::resumable* next_ = nullptr;
};

} // namespace

caf::resumable::resume_result
chained_actor::resume(compat::execution_context* host, std::size_t throughput) {
  if (!host || throughput <= 1 || typeid(*host) == typeid(turn_chain))
    return caf::event_based_actor::resume(host, throughput);
  turn_chain chain{*host};
  const auto result = chain.take_turn(throughput, [&](std::size_t part) {
    return caf::event_based_actor::resume(&chain, part);
  });
  // From here on another thread may run this actor, or end it.
  chain.run(throughput);
  return result;
}

} // namespace es::actors

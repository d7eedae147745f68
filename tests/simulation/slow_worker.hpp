#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/tests/simulation/simulated_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace es::simulation {

/// Stands before a `store_worker`, and takes its time: a call may wait before
/// it reaches the worker, and its answer on the way back.
class slow_worker : public caf::event_based_actor {
public:
  slow_worker(caf::actor_config& config,
              std::shared_ptr<simulated_store> store);

  const char* name() const override {
    return "slow_worker";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  template <class Answer, class Question>
  caf::result<Answer> pass_on(Question& question);
  /// Keeps the duty to answer while `step` waits.
  template <class Answer>
  void after(moment delay, caf::typed_response_promise<Answer> promise,
             std::function<void()> step);

  std::shared_ptr<simulated_store> store_;
  caf::actor worker_;
  /// What to tell those that wait when this actor ends.
  std::map<std::uint64_t, std::function<void()>> waiting_;
  std::uint64_t last_ = 0;
};

} // namespace es::simulation

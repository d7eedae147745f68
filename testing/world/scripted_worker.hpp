#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/testing/world/store_faults.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

namespace es::testing {

/// Stands in for the runtime's `store_worker` on the test scheduler, and lets
/// faults strike. Like a worker that blocks, it begins nothing before a call
/// that is delayed has ended.
class scripted_worker : public caf::event_based_actor {
public:
  scripted_worker(caf::actor_config& config,
                  std::shared_ptr<store::event_store> store,
                  std::shared_ptr<store_faults> faults);

  const char* name() const override {
    return "es.store_worker";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  struct waiting_call {
    std::chrono::nanoseconds delay{0};
    std::function<void()> run;
    /// What to tell the asker when this actor ends.
    std::function<void()> give_up;
  };

  /// Runs `call`, which returns a `result<Answer>`, at once or in its turn.
  template <class Answer, class Call>
  caf::result<Answer> serve(std::chrono::nanoseconds delay, Call call);
  void run_next();

  std::shared_ptr<store::event_store> store_;
  std::shared_ptr<store_faults> faults_;
  /// The first one is under way. Bounded by what the runtime has in flight.
  std::deque<waiting_call> waiting_;
};

} // namespace es::testing

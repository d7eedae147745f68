#pragma once

#include "eventsource/actors/messages.hpp"

#include <functional>
#include <type_traits>
#include <utility>

namespace es::actors {

/// Sends requests for callers that are no actors, and runs their callbacks.
class caller_actor : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  const char* name() const override {
    return "es.caller";
  }

  caf::behavior make_behavior() override {
    return {
      [](call_back& f) { f.run(); },
    };
  }
};

/// Calls back exactly once: also if the caller's actor ends before its answer
/// came, so that nobody waits for ever.
template <class Answer>
class completion {
public:
  explicit completion(std::function<void(result<Answer>)> done)
    : done_(std::move(done)) {
    // nop
  }

  ~completion() {
    if constexpr (std::is_same_v<Answer, receipt>)
      finish(fail(errc::in_doubt,
                  "the runtime was stopped before the answer came; what became "
                  "of the command is in the store: send it again with the "
                  "same command id"));
    else
      finish(fail(errc::unavailable,
                  "the runtime was stopped before the answer came"));
  }

  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;

  void finish(result<Answer> outcome) {
    if (auto done = std::exchange(done_, nullptr))
      done(std::move(outcome));
  }

private:
  std::function<void(result<Answer>)> done_;
};

} // namespace es::actors

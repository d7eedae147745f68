#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/stop_report.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace es::actors {

/// Stops the parts of a runtime one floor after the other: a floor is asked to
/// finish only when the one above has nothing left to give it. At the deadline
/// (actor clock) what is left is named, `unanswered` is read, and what is left
/// is killed, in this order: a part that is killed answers what it owes, which
/// does not make it finished. Ends after it has called `done` once.
class shutdown_actor : public caf::event_based_actor {
public:
  struct part {
    std::string name;
    caf::actor actor;
  };

  using floor = std::vector<part>;

  shutdown_actor(caf::actor_config& config, std::vector<floor> floors,
                 std::chrono::nanoseconds deadline, admission door,
                 std::function<void(stop_report)> done);

  const char* name() const override {
    return "es.shutdown";
  }

  caf::behavior make_behavior() override;

private:
  void stop_next_floor();
  void finish();

  /// The first one is stopped first.
  std::vector<floor> floors_;
  std::size_t current_ = 0;
  /// Parts of the current floor that have not answered.
  std::vector<part> left_;
  std::chrono::nanoseconds deadline_;
  admission door_;
  std::function<void(stop_report)> done_;
};

} // namespace es::actors

#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/simulation/plan.hpp"
#include "eventsource/tests/simulation/simulated_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::simulation {

/// One process of the simulated world: an actor system of its own with a
/// runtime, which can crash and start again, and the callers beside it, which
/// can't. Nodes share the store and time.
class node {
public:
  node(const plan& how, std::shared_ptr<simulated_store> store,
       std::function<timestamp()> wall_clock,
       std::shared_ptr<ksuid_generator> ids);
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  // -- life -------------------------------------------------------------------

  /// Forgets all that is in memory and begins anew.
  void crash();
  /// Refuses new commands and finishes what was accepted; `has_stopped` tells
  /// when, and then `start` has to be called.
  void begin_stop();
  [[nodiscard]] bool has_stopped() const noexcept {
    return *stopped_;
  }
  void start();

  // -- messages ---------------------------------------------------------------

  testing::test_scheduler& scheduler() noexcept {
    return scheduler_;
  }
  void send(std::size_t caller, const std::string& ledger, any_command command,
            command_options options, std::function<void(result<receipt>)> done);
  void ask_state(std::size_t caller, const std::string& ledger,
                 std::function<void(result<actors::current_state>)> done);
  /// Kills an aggregate's actor that has something to do, if there is one.
  bool kill_busy_aggregate(std::uint64_t which);

private:
  template <class Answer, class Question>
  void ask(std::size_t caller, Question question,
           std::function<void(result<Answer>)> done);

  const plan& plan_;
  std::shared_ptr<simulated_store> store_;
  std::function<timestamp()> wall_clock_;
  std::shared_ptr<ksuid_generator> ids_;
  testing::test_config<> config_;
  caf::actor_system system_{config_};
  testing::test_scheduler scheduler_{system_};
  std::vector<caf::actor> callers_;
  std::optional<actors::runtime> runtime_;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
};

} // namespace es::simulation

#pragma once

#include "eventsource/tests/simulation/judge.hpp"
#include "eventsource/tests/simulation/node.hpp"
#include "eventsource/tests/simulation/run.hpp"
#include "eventsource/tests/simulation/simulated_store.hpp"
#include "eventsource/tests/simulation/trace.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::simulation {

/// Carries out one plan: whole runtimes on virtual time, of which one actor
/// after the other handles one message, in an order drawn from the seed.
/// Nothing in it depends on threads, clocks, addresses or the machine.
class world {
public:
  /// `plan` has to live as long as the world.
  world(const plan& plan, bool with_trace);

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Runs the script until its end or the first broken promise. Once only.
  run_report run();

private:
  // -- actions (world_actions.cpp) --------------------------------------------

  void apply(const action& x);
  void send_new(random_source& random);
  void send_again(random_source& random);
  void send(std::size_t order, std::size_t node, random_source& random);
  void ask_state(random_source& random);
  void restart(node& which);
  bool foreign_append(const std::string& id);
  void damage_event(random_source& random);
  void damage_snapshot(random_source& random);
  [[nodiscard]] order draw_order(random_source& random);

  // -- messages and time ------------------------------------------------------

  [[nodiscard]] moment now() const noexcept {
    return now_;
  }
  [[nodiscard]] timestamp wall_clock() const;
  /// Lets one actor handle one message, if any has one.
  bool run_one();
  void run_some(std::uint64_t messages);
  void come_to_rest();
  /// To the next moment at which something is due, or at most to `limit`; gives
  /// false if nothing is due before it.
  bool pass_time(moment limit);
  void rest_for(moment time);
  void step_clocks(moment to);
  void repair_what_is_due(bool all);
  [[nodiscard]] bool is_over() const noexcept {
    return judge_->broken().has_value();
  }

  // -- the end ----------------------------------------------------------------

  void finish();
  /// Every ledger must take a command when all is well again.
  void try_every_ledger();

  struct damage {
    moment repair_at{};
    std::size_t ledger = 0;
    version_t version = 0;
    std::string text;
  };

  const plan& plan_;
  trace trace_;
  random_source schedule_;
  moment now_{};
  moment wall_offset_{};
  std::uint64_t last_id_ = 0;
  std::int64_t last_tag_ = 0;
  std::uint64_t messages_ = 0;
  std::vector<std::string> ledgers_;
  std::shared_ptr<ksuid_generator> ids_;
  std::shared_ptr<simulated_store> store_;
  std::optional<judge> judge_;
  std::vector<damage> damages_;
  /// Numbers of orders that may be sent again.
  std::vector<std::size_t> repeatable_;
  std::vector<std::unique_ptr<node>> nodes_;
};

} // namespace es::simulation

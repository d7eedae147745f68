#include "eventsource/tests/simulation/plan.hpp"

#include "eventsource/tests/simulation/random_source.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace es::simulation {

namespace {

using namespace std::chrono_literals;

/// Small bounds meet each other more often than those of a real program.
actors::settings draw_settings(random_source& random) {
  actors::settings how;
  auto& persistence = how.persistence;
  persistence.writers = random.one_of<std::size_t>({1, 1, 2, 3});
  persistence.batch_appends_max = random.one_of<std::size_t>({1, 2, 5, 100});
  persistence.queue_appends_max = std::max(
    persistence.batch_appends_max, random.one_of<std::size_t>({2, 20, 1'000}));
  persistence.prepare_appends_min = random.one_of<std::size_t>({0, 1, 3});
  persistence.linger =
    random.one_of<std::chrono::microseconds>({0us, 0us, 2ms});
  auto& aggregates = how.aggregates;
  aggregates.live_max = random.one_of<std::size_t>({1, 2, 4, 1'000});
  aggregates.passivate_after =
    random.one_of<std::chrono::milliseconds>({0ms, 20ms, 200ms, 5s});
  aggregates.sweep_interval =
    random.one_of<std::chrono::milliseconds>({10ms, 100ms, 1s});
  aggregates.queue_commands_max =
    random.one_of<std::size_t>({1, 5, 100, 4'096});
  aggregates.in_flight_max = random.one_of<std::size_t>({1, 2, 8, 1'000});
  aggregates.snapshot_every = random.one_of<int>({0, 1, 3, 20});
  aggregates.snapshots_kept = random.one_of<int>({1, 2});
  auto& recovery = how.recovery;
  recovery.readers = random.one_of<std::size_t>({1, 1, 2});
  recovery.batch_aggregates_max = random.one_of<std::size_t>({1, 3, 200});
  recovery.concurrent_max = std::max(recovery.batch_aggregates_max,
                                     random.one_of<std::size_t>({1, 4, 1'000}));
  recovery.queue_aggregates_max = std::max(
    recovery.concurrent_max, random.one_of<std::size_t>({1, 4, 1'000}));
  recovery.page_events_max = random.one_of<std::size_t>({1, 2, 10, 1'000});
  how.store.connections_max = persistence.writers + recovery.readers;
  how.commands.conflict_retries_max = random.one_of<int>({0, 1, 3, 3});
  how.commands.timeout =
    random.one_of<std::chrono::milliseconds>({50ms, 500ms, 5s});
  // The judge remembers every command.
  how.commands.ids_kept_for = 0s;
  how.runtime.stop_timeout = 2s;
  how.log.level = "off";
  return how;
}

std::uint64_t draw_rate(random_source& random) {
  return random.chance(600) ? 0 : random.one_of<std::uint64_t>({3, 20, 120});
}

store_faults draw_faults(random_source& random) {
  store_faults faults;
  if (random.chance(150))
    return faults; // a calm sea
  for (auto* rate :
       {&faults.unavailable, &faults.answer_lost, &faults.request_lost,
        &faults.stored_late, &faults.exception, &faults.foreign_writer,
        &faults.unreadable})
    *rate = draw_rate(random);
  faults.slow = random.one_of<std::uint64_t>({0, 50, 300, 1'000});
  faults.delay_max = random.one_of<moment>({1ms, 20ms, 700ms});
  return faults;
}

/// Weights of actions; those that disturb are left out of some runs.
std::vector<std::pair<action::kind, std::uint64_t>>
draw_weights(random_source& random, bool disturbed) {
  using kind = action::kind;
  std::vector<std::pair<kind, std::uint64_t>> weights{
    {kind::send, 8'000}, {kind::ask_state, 800}, {kind::rest, 200}};
  if (random.chance(700))
    weights.emplace_back(kind::send_again, 600);
  if (!disturbed)
    return weights;
  const std::array<std::pair<kind, std::uint64_t>, 9> disturbances{{
    {kind::kill_aggregate, 60},
    {kind::crash, 10},
    {kind::restart, 10},
    {kind::foreign_append, 150},
    {kind::damage_event, 15},
    {kind::damage_snapshot, 30},
    {kind::outage, 20},
    {kind::clock_jump, 30},
    {kind::lag, 60},
  }};
  for (const auto& [what, weight] : disturbances)
    if (random.chance(500))
      weights.emplace_back(what, weight * random.one_of<std::uint64_t>({1, 4}));
  return weights;
}

} // namespace

const char* to_string(action::kind x) noexcept {
  switch (x) {
    case action::kind::send:
      return "send";
    case action::kind::send_again:
      return "send again";
    case action::kind::ask_state:
      return "ask state";
    case action::kind::kill_aggregate:
      return "kill aggregate";
    case action::kind::crash:
      return "crash";
    case action::kind::restart:
      return "restart";
    case action::kind::foreign_append:
      return "foreign append";
    case action::kind::damage_event:
      return "damage event";
    case action::kind::damage_snapshot:
      return "damage snapshot";
    case action::kind::outage:
      return "outage";
    case action::kind::clock_jump:
      return "clock jump";
    case action::kind::lag:
      return "lag";
    case action::kind::rest:
      return "rest";
  }
  return "?";
}

bool plan::has_faults() const noexcept {
  return faults.any()
         || std::any_of(script.begin(), script.end(), [](const action& x) {
              using kind = action::kind;
              return x.what == kind::kill_aggregate || x.what == kind::crash
                     || x.what == kind::restart || x.what == kind::outage;
            });
}

plan make_plan(std::uint64_t seed, std::size_t steps) {
  random_source random{seed};
  plan made;
  made.seed = seed;
  made.how = draw_settings(random);
  made.nodes = random.one_of<std::size_t>({1, 1, 1, 2});
  made.ledgers = random.one_of<std::size_t>({1, 2, 4, 12});
  made.callers = random.one_of<std::size_t>({1, 3, 8});
  made.faults = draw_faults(random);
  made.timeouts = {made.how.commands.timeout, made.how.commands.timeout,
                   random.one_of<std::chrono::milliseconds>({5ms, 100ms, 1h})};
  const auto weights =
    draw_weights(random, made.faults.any() || random.chance(500));
  std::uint64_t total = 0;
  for (const auto& [what, weight] : weights)
    total += weight;
  const auto pace_max = random.one_of<std::uint64_t>({2, 8, 20, 60});
  made.script.reserve(steps);
  for (std::size_t i = 0; i < steps; ++i) {
    auto point = random.below(total);
    auto what = weights.begin();
    while (point >= what->second) {
      point -= what->second;
      ++what;
    }
    made.script.push_back(
      {what->first, random.next(), random.below(pace_max + 1)});
  }
  return made;
}

} // namespace es::simulation

// Seeds of the simulation that have to keep all promises. Others run in
// build/bin/es_simulate; one that fails there belongs into `once_broken`.
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/simulation/run.hpp"
#include "eventsource/tests/simulation/shorten.hpp"

#include <iostream>

namespace simulation_test {

using namespace es::simulation;

namespace {

/// Whether the run of a seed breaks nothing; tells if it does.
bool keeps_promises(std::uint64_t seed, std::size_t steps) {
  const auto made = make_plan(seed, steps);
  const auto report = run(made);
  if (!report.broken)
    return true;
  std::cout << "seed " << seed << ", steps " << steps << ": "
            << report.broken->promise << ": " << report.broken->text << "\n";
  return false;
}

struct broken_seed {
  std::uint64_t seed;
  std::size_t steps;
};

/// What each of them found is told in docs/simulation.md.
constexpr broken_seed once_broken[] = {
  {7, 2'000},      {9, 2'000},      {10, 2'000},
  {52, 2'000},     {455, 2'000},    {1'488, 2'000},
  {20'488, 2'000}, {25'361, 2'000}, {4'001'606, 2'000},
};

/// A run in which the callers are told something untrue.
plan faulty_plan() {
  auto made = make_plan(3, 400);
  made.faults = {};
  made.faults.answer_lost = 1'000;
  return made;
}

} // namespace

ES_TEST("many short runs with random faults break no promise") {
  for (std::uint64_t seed = 10'001; seed <= 10'120; ++seed)
    ES_CHECK(keeps_promises(seed, 500));
}

ES_TEST("the seeds that once found a bug find nothing") {
  for (const auto& x : once_broken)
    ES_CHECK(keeps_promises(x.seed, x.steps));
}

ES_TEST("a seed gives the same trace each time, byte for byte") {
  for (std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const auto made = make_plan(seed, 300);
    const auto first = run(made, true);
    const auto second = run(make_plan(seed, 300), true);
    ES_CHECK(first.trace.size() > 300);
    ES_CHECK(first.trace == second.trace);
  }
}

ES_TEST("different seeds give different traces") {
  const auto one = make_plan(1, 100);
  const auto other = make_plan(2, 100);
  ES_CHECK(run(one, true).trace != run(other, true).trace);
}

ES_TEST("a run sends commands, has them answered and meets faults") {
  const auto made = faulty_plan();
  const auto report = run(made);
  ES_CHECK(!report.broken);
  ES_CHECK(report.commands > 100);
  ES_CHECK(report.faults > 0);
  ES_CHECK(report.answers.at("in_doubt") > 0);
}

ES_TEST("a script is not shortened below what breaks the promise") {
  // Nothing breaks here, so that nothing can be left out.
  const auto made = make_plan(4, 8);
  const auto least = shorten(made, {"no promise of ours", ""});
  ES_CHECK_EQ(least.script.size(), made.script.size());
}

} // namespace simulation_test

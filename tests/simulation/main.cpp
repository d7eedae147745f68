// es_simulate: runs whole runtimes on virtual time, in random order and with
// random faults, and looks for a broken promise.
#include "eventsource/tests/simulation/run.hpp"
#include "eventsource/tests/simulation/shorten.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>

namespace {

using namespace es::simulation;

struct totals {
  std::uint64_t runs = 0;
  std::uint64_t commands = 0;
  std::uint64_t messages = 0;
  std::uint64_t faults = 0;
  std::map<std::string, std::size_t> answers{};

  void add(const run_report& x) {
    ++runs;
    commands += x.commands;
    messages += x.messages;
    faults += x.faults;
    for (const auto& [kind, count] : x.answers)
      answers[kind] += count;
  }
};

void print(const totals& sum, double seconds, bool json) {
  const auto rate =
    seconds > 0 ? static_cast<double>(sum.commands) / seconds : 0.0;
  if (json) {
    nlohmann::json all{
      {"runs", sum.runs},         {"commands", sum.commands},
      {"messages", sum.messages}, {"faults", sum.faults},
      {"seconds", seconds},       {"commands_per_second", rate},
      {"answers", sum.answers}};
    std::cout << all.dump(2) << "\n";
    return;
  }
  std::cout << sum.runs << " runs, " << sum.commands << " commands, "
            << sum.messages << " messages, " << sum.faults
            << " faults of the store, " << static_cast<std::uint64_t>(rate)
            << " commands/s\n";
  for (const auto& [kind, count] : sum.answers)
    std::cout << "  " << kind << ": " << count << "\n";
}

void print_failure(const plan& failed, const finding& what, bool shorter) {
  std::cout << "seed " << failed.seed << ", steps " << failed.script.size()
            << ": BROKEN " << what.promise << ": " << what.text << "\n";
  if (!shorter)
    return;
  const auto least = shorten(failed, what);
  std::cout << "The shortest script found that breaks it has "
            << least.script.size() << " of " << failed.script.size()
            << " actions:\n";
  for (const auto& line : run(least, true).trace)
    std::cout << line << "\n";
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Looks for a schedule or a fault that breaks a promise of the "
               "runtime. Exit code 1: found one."};
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::size_t steps = 2'000;
  bool with_trace = false;
  bool json = false;
  bool whole = false;
  app.add_option("--seed", seed, "The first seed")->capture_default_str();
  app.add_option("--seeds", seeds, "How many seeds, one after the other")
    ->capture_default_str();
  app.add_option("--steps", steps, "Actions of each run")
    ->capture_default_str();
  app.add_flag("--trace", with_trace, "Print everything that happens");
  app.add_flag("--json", json, "Print the summary as JSON");
  app.add_flag("--no-shorten", whole,
               "Don't look for a shorter script that "
               "breaks the same promise");
  CLI11_PARSE(app, argc, argv);
  totals sum;
  const auto begin = std::chrono::steady_clock::now();
  for (auto i = seed; i < seed + seeds; ++i) {
    const auto made = make_plan(i, steps);
    const auto report = run(made, with_trace);
    for (const auto& line : report.trace)
      std::cout << line << "\n";
    sum.add(report);
    if (report.broken) {
      print_failure(made, *report.broken, !whole);
      return 1;
    }
  }
  const std::chrono::duration<double> took =
    std::chrono::steady_clock::now() - begin;
  print(sum, took.count(), json);
  return 0;
}

#include "eventsource/bench/report.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/migrator.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>

using namespace es_bench;

int main(int argc, char** argv) {
  CLI::App app{"Measures the runtime beside a hand-written loop.", "es_bench"};
  std::string only;
  double seconds = 12;
  bool json = false;
  bool curve = false;
  std::string report;
  run_options how;
  app.add_option("--scenario", only, "run this one only");
  app.add_option("--seconds", seconds, "for each scenario")
    ->check(CLI::Range(1, 3600))
    ->capture_default_str();
  app.add_flag("--json", json, "one JSON object a scenario");
  app.add_flag("--curve", curve,
               "throughput and p99 over aggregates and batch limits; no "
               "scenario unless one is named");
  app.add_option("--report", report,
                 "write tables to this Markdown file as well; without "
                 "--scenario and --curve, of all scenarios and the curve");
  app.add_option("--dsn", how.dsn,
                 "a database to measure on; it is filled with rows (default: "
                 "$EVENTSOURCE_DSN, else a temporary private server)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  how.time = std::chrono::duration<double>(seconds);
  if (how.dsn.empty())
    if (const char* dsn = std::getenv("EVENTSOURCE_DSN"))
      how.dsn = dsn;

  std::optional<es::store::local_server> server;
  if (how.dsn.empty()) {
    es::store::local_server_options options;
    options.temporary = true;
    auto started = es::store::local_server::start(std::move(options));
    if (!started) {
      std::cerr << "es_bench: " << to_string(started.error()) << "\n";
      return 3;
    }
    server.emplace(std::move(*started));
    how.dsn = server->dsn();
  }
  es::store::postgres_settings store;
  store.dsn = how.dsn;
  auto migrator = es::store::migrator::open(store);
  auto migrated =
    migrator ? migrator->apply() : tl::unexpected(migrator.error());
  if (!migrated) {
    std::cerr << "es_bench: " << to_string(migrated.error()) << "\n";
    return 3;
  }

  const bool measure_scenarios = !curve || !only.empty();
  const bool measure_curve = curve || (!report.empty() && only.empty());
  if (!json && measure_scenarios)
    std::cout << head_line();
  std::vector<measurement> all;
  for (const auto& one : scenarios()) {
    if (!measure_scenarios || (!only.empty() && only != one.name))
      continue;
    all.push_back(one.run(how));
    if (json)
      std::cout << to_json_text(all.back()) << std::endl;
    else
      std::cout << to_line(all.back()) << std::flush;
  }
  if (measure_scenarios && all.empty()) {
    std::cerr << "es_bench: there is no scenario " << only << "; there are:";
    for (const auto& one : scenarios())
      std::cerr << " " << one.name;
    std::cerr << "\n";
    return 2;
  }
  std::optional<curves> shape;
  if (measure_curve) {
    shape = measure_curves(how);
    std::cout << (json ? to_json_text(*shape) + "\n" : to_tables(*shape));
  }
  if (!report.empty() && !write_report(report, all, shape)) {
    std::cerr << "es_bench: can't write the report " << report << "\n";
    return 3;
  }
  return 0;
}

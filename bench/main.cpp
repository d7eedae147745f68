#include "eventsource/bench/scenario.hpp"
#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/migrator.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

namespace {

using namespace es_bench;

nlohmann::ordered_json to_document(const measurement& m) {
  return {{"scenario", m.scenario},   {"runtime", m.runtime},
          {"yardstick", m.yardstick}, {"ratio", m.ratio()},
          {"goal", m.goal},           {"unit", m.unit},
          {"remarks", m.remarks}};
}

std::string to_line(const measurement& m) {
  return fmt::format("{:<16} {:>12.2f} {:>12.2f} {:>8.2f} {:>2} {:>5.2f}  "
                     "{:<10} {}\n",
                     m.scenario, m.runtime, m.yardstick, m.ratio(),
                     m.more_is_better ? ">=" : "<=", m.goal, m.unit, m.remarks);
}

void write_report(const std::string& file,
                  const std::vector<measurement>& all) {
  std::ofstream out{file};
  out << "# Benchmark\n\nThe runtime beside a hand-written libpq loop that "
         "writes the same rows, on the same server, in turns.\n\n"
         "| scenario | runtime | yardstick | unit | ratio | goal | reached | "
         "remarks |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& m : all)
    out << fmt::format("| {} | {:.2f} | {:.2f} | {} | {:.2f} | {} {:.2f} | {} "
                       "| {} |\n",
                       m.scenario, m.runtime, m.yardstick, m.unit, m.ratio(),
                       m.more_is_better ? ">=" : "<=", m.goal,
                       m.reached() ? "yes" : "no", m.remarks);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures the runtime beside a hand-written loop.", "es_bench"};
  std::string only;
  double seconds = 12;
  bool json = false;
  std::string report;
  run_options how;
  app.add_option("--scenario", only, "run this one only");
  app.add_option("--seconds", seconds, "for each scenario")
    ->check(CLI::Range(1, 3600))
    ->capture_default_str();
  app.add_flag("--json", json, "one JSON object a scenario");
  app.add_option("--report", report, "write a table to this file as well");
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

  if (!json)
    std::cout << fmt::format("{:<16} {:>12} {:>12} {:>8} {:>8}  {}\n",
                             "scenario", "runtime", "yardstick", "ratio",
                             "goal", "unit");
  std::vector<measurement> all;
  for (const auto& one : scenarios()) {
    if (!only.empty() && only != one.name)
      continue;
    all.push_back(one.run(how));
    if (json)
      std::cout << to_document(all.back()).dump() << std::endl;
    else
      std::cout << to_line(all.back()) << std::flush;
  }
  if (all.empty()) {
    std::cerr << "es_bench: there is no scenario " << only << "; there are:";
    for (const auto& one : scenarios())
      std::cerr << " " << one.name;
    std::cerr << "\n";
    return 2;
  }
  if (!report.empty())
    write_report(report, all);
  return 0;
}

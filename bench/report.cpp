#include "eventsource/bench/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace es_bench {

namespace {

std::string text_or_dash(std::optional<double> figure) {
  return figure ? fmt::format("{:.2f}", *figure) : "-";
}

const char* relation(const measurement& m) {
  return m.more_is_better ? ">=" : "<=";
}

nlohmann::ordered_json number_or_null(std::optional<double> figure) {
  return figure ? nlohmann::ordered_json(*figure) : nlohmann::ordered_json();
}

std::string to_table(const std::vector<measurement>& all) {
  std::string table =
    "\nThe runtime beside a hand-written yardstick that does the same work, "
    "on the same server, in turns.\n\n"
    "| scenario | runtime | yardstick | unit | ratio | goal | reached | "
    "remarks |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& m : all)
    table += fmt::format("| {} | {:.2f} | {} | {} | {} | {} {:.2f} | {} | {} "
                         "|\n",
                         m.scenario, m.runtime, text_or_dash(m.yardstick),
                         m.unit, text_or_dash(m.ratio()), relation(m), m.goal,
                         m.reached() ? "yes" : "no", m.remarks);
  return table;
}

} // namespace

std::string to_json_text(const measurement& m) {
  return nlohmann::ordered_json{{"scenario", m.scenario},
                                {"runtime", m.runtime},
                                {"yardstick", number_or_null(m.yardstick)},
                                {"ratio", number_or_null(m.ratio())},
                                {"goal", m.goal},
                                {"unit", m.unit},
                                {"remarks", m.remarks}}
    .dump();
}

std::string head_line() {
  return fmt::format("{:<16} {:>12} {:>12} {:>8} {:>10}  {:<12} {}\n",
                     "scenario", "runtime", "yardstick", "ratio", "goal",
                     "unit", "remarks");
}

std::string to_line(const measurement& m) {
  return fmt::format("{:<16} {:>12.2f} {:>12} {:>8} {:>2} {:>7.2f}  {:<12} "
                     "{}\n",
                     m.scenario, m.runtime, text_or_dash(m.yardstick),
                     text_or_dash(m.ratio()), relation(m), m.goal, m.unit,
                     m.remarks);
}

bool write_report(const std::string& file, const std::vector<measurement>& all,
                  const std::optional<curves>& shape) {
  std::ofstream out{file};
  out << "# Benchmark\n";
  if (!all.empty())
    out << to_table(all);
  if (shape) {
    auto picture = std::filesystem::path(file).replace_extension(".svg");
    std::ofstream drawing{picture};
    drawing << to_svg(to_charts(*shape));
    if (!drawing.flush())
      return false;
    out << "\n## Throughput and p99 latency\n\n![Throughput and p99 latency "
           "over the number of aggregates and over the batch limit]("
        << picture.filename().string() << ")\n\n"
        << to_tables(*shape);
  }
  return static_cast<bool>(out.flush());
}

} // namespace es_bench

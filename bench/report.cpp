#include "eventsource/bench/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

void write_report(const std::string& file,
                  const std::vector<measurement>& all) {
  std::ofstream out{file};
  out << "# Benchmark\n\nThe runtime beside a hand-written yardstick that does "
         "the same work, on the same server, in turns.\n\n"
         "| scenario | runtime | yardstick | unit | ratio | goal | reached | "
         "remarks |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& m : all)
    out << fmt::format("| {} | {:.2f} | {} | {} | {} | {} {:.2f} | {} | {} "
                       "|\n",
                       m.scenario, m.runtime, text_or_dash(m.yardstick), m.unit,
                       text_or_dash(m.ratio()), relation(m), m.goal,
                       m.reached() ? "yes" : "no", m.remarks);
}

} // namespace es_bench

#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <fmt/format.h>

#include <iostream>

namespace esctl {

namespace {

std::string count(std::int64_t n) {
  return grouped(static_cast<std::size_t>(n));
}

void print_text(const es::store::statistics& now) {
  std::cout << fmt::format("{:<24} {:>12} {:>12} {:>12}\n", "aggregate type",
                           "aggregates", "events", "snapshots");
  for (const auto& type : now.types)
    std::cout << fmt::format("{:<24} {:>12} {:>12} {:>12}\n",
                             type.aggregate_type, count(type.aggregates),
                             count(type.events), count(type.snapshots));
  std::cout << fmt::format("\noutbox pending {}, commands remembered {}\n\n",
                           count(now.outbox_pending),
                           count(now.commands_remembered));
  std::cout << fmt::format("{:<32} {:>12} {:>12}\n", "table", "rows", "size");
  for (const auto& table : now.tables)
    std::cout << fmt::format("{:<32} {:>12} {:>12}\n", table.table,
                             count(table.rows), byte_text(table.bytes));
}

nlohmann::ordered_json to_document(const es::store::statistics& now) {
  auto types = nlohmann::ordered_json::array();
  for (const auto& type : now.types)
    types.push_back({{"aggregate_type", type.aggregate_type},
                     {"aggregates", type.aggregates},
                     {"events", type.events},
                     {"snapshots", type.snapshots}});
  auto tables = nlohmann::ordered_json::array();
  for (const auto& table : now.tables)
    tables.push_back(
      {{"table", table.table}, {"rows", table.rows}, {"bytes", table.bytes}});
  return {{"types", types},
          {"outbox_pending", now.outbox_pending},
          {"commands_remembered", now.commands_remembered},
          {"tables", tables}};
}

} // namespace

int stats(const global_options& global) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  auto now = opened->store->stats();
  if (!now)
    return report(global, now.error());
  if (global.json)
    print_json(to_document(*now));
  else
    print_text(*now);
  return done;
}

} // namespace esctl

#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <optional>

namespace esctl {

namespace {

es::result<std::vector<registry_file>>
open_all(const std::vector<std::string>& paths) {
  std::vector<registry_file> files;
  for (const auto& path : paths) {
    auto file = registry_file::open(path);
    if (!file)
      return tl::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  return files;
}

es::result<std::size_t> count_events(es::store::event_store& store) {
  auto now = store.stats();
  if (!now)
    return tl::unexpected(now.error());
  std::int64_t events = 0;
  for (const auto& type : now->types)
    events += type.events;
  return static_cast<std::size_t>(events);
}

void print(const global_options& global, const import_summary& done,
           std::optional<std::size_t> added) {
  auto seconds = done.seconds.count();
  auto rate = seconds > 0 ? static_cast<double>(done.accepted) / seconds : 0;
  // An accepted row adds one event, unless an earlier import did.
  auto there = added ? done.accepted - std::min(*added, done.accepted) : 0;
  if (global.json) {
    nlohmann::ordered_json document = {{"rows", done.rows},
                                       {"organizations", done.organizations},
                                       {"accepted", done.accepted}};
    document["events_added"] = nullptr;
    document["already_there"] = nullptr;
    if (added) {
      document["events_added"] = *added;
      document["already_there"] = there;
    }
    document.update({{"malformed", done.malformed},
                     {"refused", done.refused},
                     {"complete", !done.stopped_by && !done.interrupted},
                     {"seconds", seconds},
                     {"commands_per_second", rate},
                     {"median_ms", done.median_ms},
                     {"slowest_ms", done.slowest_ms}});
    print_json(document);
    return;
  }
  if (global.quiet)
    return;
  std::cout << fmt::format("{} rows of {} organizations: {} accepted",
                           grouped(done.rows), grouped(done.organizations),
                           grouped(done.accepted));
  if (added)
    std::cout << fmt::format(" ({} events added, {} already there)",
                             grouped(*added), grouped(there));
  std::cout << fmt::format(", {} malformed, {} refused\n{:.2f} s, {} "
                           "commands/s; latency median {:.1f} "
                           "ms, slowest {:.1f} ms\n",
                           grouped(done.malformed), grouped(done.refused),
                           seconds, grouped(static_cast<std::size_t>(rate)),
                           done.median_ms, done.slowest_ms);
}

import_summary run(const global_options& global, es::actors::runtime& runtime,
                   std::vector<registry_file>& files,
                   std::size_t in_flight_max) {
  progress_bar bar{global, "importing"};
  std::mutex printing; // answers are told of on actors' threads
  auto complain = [&](const std::string& why) {
    std::lock_guard guard{printing};
    bar.clear();
    std::cerr << why << "\n";
  };
  double all_bytes = 0;
  for (const auto& file : files)
    all_bytes += static_cast<double>(file.bytes());
  double bytes_before = 0;
  auto progress = [&](std::size_t rows, const registry_file& file) {
    std::lock_guard guard{printing};
    auto bytes = bytes_before + static_cast<double>(file.position());
    bar.show(bytes / all_bytes, rows);
  };
  importer work{runtime, {in_flight_max, complain, progress, is_interrupted}};
  for (auto& file : files) {
    work.import(file);
    bytes_before += static_cast<double>(file.bytes());
  }
  return work.finish();
}

} // namespace

int import_and_report(const global_options& global,
                      es::actors::runtime& runtime,
                      const std::vector<std::string>& paths,
                      std::size_t in_flight_max) {
  auto files = open_all(paths);
  if (!files)
    return report_usage(global, files.error());
  auto before = count_events(runtime.store());
  if (!before)
    return report(global, before.error());
  auto summary = run(global, runtime, *files, in_flight_max);
  auto after = count_events(runtime.store());
  print(global, summary,
        after ? std::optional{*after - *before} : std::nullopt);
  if (summary.stopped_by) {
    auto why = *summary.stopped_by;
    why.message += " Run the import again to go on where it ended.";
    return report(global, why);
  }
  if (summary.interrupted) {
    std::cerr << "esctl: interrupted; run the import again to go on where it "
                 "ended\n";
    return interrupted;
  }
  return summary.refused == 0 ? done : found;
}

std::size_t in_flight_bound(const es::actors::settings& how,
                            std::size_t wanted) {
  return std::min({wanted, how.commands.unanswered_max,
                   how.aggregates.queue_commands_max,
                   how.persistence.queue_appends_max});
}

int import_files(const global_options& global, const import_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  // Before a server is started for nothing.
  if (auto files = open_all(options.files); !files)
    return report_usage(global, files.error());
  auto in_flight_max = in_flight_bound(*how, options.in_flight_max);
  const orderly_end until_interrupted;
  auto running = session::start(std::move(*how));
  if (!running)
    return report_opening(global, running.error());
  return import_and_report(global, (*running)->runtime(), options.files,
                           in_flight_max);
}

} // namespace esctl

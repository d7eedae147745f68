#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <fmt/format.h>

#include <iostream>
#include <mutex>

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
           std::size_t added) {
  auto seconds = done.seconds.count();
  auto rate = seconds > 0 ? static_cast<double>(done.accepted) / seconds : 0;
  if (global.json)
    print_json({{"rows", done.rows},
                {"organizations", done.organizations},
                {"accepted", done.accepted},
                {"events_added", added},
                {"malformed", done.malformed},
                {"refused", done.refused},
                {"seconds", seconds},
                {"commands_per_second", rate},
                {"median_ms", done.median_ms},
                {"slowest_ms", done.slowest_ms}});
  else if (!global.quiet)
    std::cout << fmt::format(
      "{} rows of {} organizations: {} accepted, {} events added, {} "
      "malformed, {} refused\n{:.2f} s, {} commands/s; latency median {:.1f} "
      "ms, slowest {:.1f} ms\n",
      grouped(done.rows), grouped(done.organizations), grouped(done.accepted),
      grouped(added), grouped(done.malformed), grouped(done.refused), seconds,
      grouped(static_cast<std::size_t>(rate)), done.median_ms, done.slowest_ms);
}

} // namespace

int import_and_report(const global_options& global,
                      es::actors::runtime& runtime,
                      const std::vector<std::string>& paths,
                      std::size_t in_flight_max) {
  auto files = open_all(paths);
  if (!files)
    return report(global, files.error()), wrong_usage;
  auto before = count_events(runtime.store());
  if (!before)
    return report(global, before.error());
  progress_bar bar{global, "importing"};
  std::mutex printing; // answers are told of on actors' threads
  importer work{runtime,
                {.in_flight_max = in_flight_max,
                 .complain =
                   [&](const std::string& why) {
                     std::lock_guard guard{printing};
                     bar.clear();
                     std::cerr << why << "\n";
                   },
                 .progress =
                   [&](std::size_t rows, const registry_file& file) {
                     std::lock_guard guard{printing};
                     bar.show(static_cast<double>(file.position())
                                / static_cast<double>(file.bytes()),
                              rows);
                   }}};
  for (auto& file : *files)
    work.import(file);
  auto summary = work.finish();
  bar.clear();
  auto after = count_events(runtime.store());
  print(global, summary, after ? *after - *before : summary.accepted);
  if (summary.stopped_by) {
    auto why = *summary.stopped_by;
    why.message += "; run the import again to go on where it ended";
    return report(global, why);
  }
  return summary.refused == 0 ? done : found;
}

int import_files(const global_options& global, const import_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto running = session::start(std::move(*how));
  if (!running)
    return report(global, running.error());
  return import_and_report(global, (*running)->runtime(), options.files,
                           options.in_flight_max);
}

} // namespace esctl

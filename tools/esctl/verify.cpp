#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/verification.hpp"

#include <iostream>

namespace esctl {

int verify_store(const global_options& global) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto opened = es::actors::open_store(*how);
  if (!opened)
    return report(global, opened.error());
  if (auto ok = opened->store->check(); !ok)
    return report(global, ok.error());
  return verify_and_report(global, *opened->store);
}

int verify_and_report(const global_options& global,
                      es::store::event_store& store) {
  progress_bar bar{global, "verifying"};
  auto tell = [&](const finding& f) {
    bar.clear();
    if (global.json)
      print_json({{"finding", to_string(f.what)},
                  {"aggregate_id", f.aggregate_id},
                  {"version", f.version},
                  {"message", f.message}});
    else
      std::cout << to_string(f.what) << " " << f.aggregate_id << " version "
                << f.version << ": " << f.message << "\n";
  };
  auto summary = verify(store, known_types(), tell,
                        [&](std::size_t events) { bar.show(-1, events); });
  bar.clear();
  if (!summary)
    return report(global, summary.error());
  if (global.json)
    print_json({{"aggregates", summary->aggregates},
                {"events", summary->events},
                {"snapshots", summary->snapshots},
                {"projection_rows", summary->projection_rows},
                {"outbox_rows", summary->outbox_rows},
                {"findings", summary->findings}});
  else if (!global.quiet || summary->findings > 0)
    std::cout << grouped(summary->events) << " events of "
              << grouped(summary->aggregates) << " aggregates, "
              << grouped(summary->snapshots) << " snapshots, "
              << grouped(summary->projection_rows) << " projection rows, "
              << grouped(summary->outbox_rows) << " outbox rows: "
              << (summary->findings == 0
                    ? std::string{"nothing is wrong"}
                    : grouped(summary->findings) + " findings")
              << "\n";
  return summary->findings == 0 ? done : found;
}

} // namespace esctl

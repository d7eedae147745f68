#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/tools/esctl/async_check.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/verification.hpp"

#include <algorithm>
#include <iostream>

namespace esctl {

namespace {

/// How many events the check of the async projections will read.
std::size_t events_of_projections(es::store::event_store& store) {
  auto all = store.subscriptions().list();
  std::vector<known_projection> run;
  for (const auto& what : known_projections())
    if (all && std::any_of(all->begin(), all->end(), [&](const auto& each) {
          return each.key.name == what->name();
        }))
      run.push_back(what);
  return static_cast<std::size_t>(count_wanted(store, run).value_or(0));
}

es::result<async_summary>
check_projections(const global_options& global, es::store::event_store& store,
                  const std::function<void(const finding&)>& tell) {
  progress_bar bar{global, "verifying projections"};
  const auto all =
    static_cast<double>(bar.visible() ? events_of_projections(store) : 0);
  return check_async(
    store, known_projections(),
    [&](const finding& f) {
      bar.clear();
      tell(f);
    },
    [&](std::size_t events) {
      bar.show(all > 0 ? static_cast<double>(events) / all : -1, events);
    });
}

void print(const global_options& global, const finding& f) {
  if (global.json) {
    print_json({{"finding", to_string(f.what)},
                {"aggregate_id", f.aggregate_id},
                {"version", f.version},
                {"message", f.message},
                {"expected", f.expected},
                {"actual", f.actual}});
    return;
  }
  std::cout << to_string(f.what) << " " << f.aggregate_id;
  if (f.version > 0)
    std::cout << " version " << f.version;
  std::cout << ": " << f.message << "\n";
  if (!f.expected.empty() || !f.actual.empty())
    std::cout << "  expected: " << f.expected << "\n  found:    " << f.actual
              << "\n";
}

} // namespace

int verify_store(const global_options& global) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  // Others may write while this reads.
  auto moment = es::store::postgres_store::open_at_one_moment(how->store);
  if (!moment)
    return report_opening(global, moment.error());
  return verify_and_report(global, **moment);
}

int verify_and_report(const global_options& global,
                      es::store::event_store& store) {
  progress_bar bar{global, "verifying"};
  // Counting takes time as well: only if somebody is looking.
  double all_events = 0;
  if (bar.visible())
    if (auto now = store.stats())
      for (const auto& type : now->types)
        all_events += static_cast<double>(type.events);
  std::size_t findings = 0;
  auto tell = [&](const finding& f) {
    ++findings;
    bar.clear();
    print(global, f);
  };
  auto progress = [&](std::size_t events) {
    bar.show(all_events > 0 ? static_cast<double>(events) / all_events : -1,
             events);
  };
  auto summary = verify(store, known_types(), tell, progress);
  bar.clear();
  if (!summary)
    return report(global, summary.error());
  auto async = check_projections(global, store, tell);
  if (!async)
    return report(global, async.error());
  if (global.json)
    print_json({{"aggregates", summary->aggregates},
                {"events", summary->events},
                {"snapshots", summary->snapshots},
                {"projection_rows", summary->projection_rows},
                {"outbox_rows", summary->outbox_rows},
                {"outbox_pending", summary->outbox_pending},
                {"async_rows", async->rows},
                {"checkpoints", async->checkpoints},
                {"events_behind", async->behind},
                {"findings", findings}});
  else if (!global.quiet || findings > 0)
    std::cout << grouped(summary->events) << " events of "
              << grouped(summary->aggregates) << " aggregates, "
              << grouped(summary->snapshots) << " snapshots, "
              << grouped(summary->projection_rows) << " projection rows, "
              << grouped(summary->outbox_rows) << " outbox rows ("
              << grouped(summary->outbox_pending) << " not published), "
              << grouped(async->rows) << " rows of async projections ("
              << grouped(async->behind) << " events behind): "
              << (findings == 0
                    ? std::string{"nothing is wrong"}
                    : grouped(findings)
                        + (findings == 1 ? " finding" : " findings"))
              << "\n";
  return findings == 0 ? done : found;
}

} // namespace esctl

#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/projection_status.hpp"

#include <fmt/format.h>

#include <iostream>
#include <thread>

namespace esctl {

namespace {

using es::store::projection_rebuild;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds retry_interval{200};
constexpr std::chrono::seconds line_interval{1};

/// One that was killed keeps its lease for a while.
es::result<projection_rebuild> begin(es::store::event_store& store,
                                     const known_projection& what,
                                     const projection_rebuild::options& how) {
  const auto until =
    clock::now() + how.lease_duration + std::chrono::seconds{1};
  for (;;) {
    auto begun = projection_rebuild::begin(store, what, how);
    if (begun || begun.error().code != es::errc::conflict
        || clock::now() >= until || is_interrupted())
      return begun;
    std::this_thread::sleep_for(retry_interval);
  }
}

/// How far it is, for those who can't see the bar.
class rebuild_report {
public:
  rebuild_report(const global_options& global, std::string name)
    : global_(global), name_(std::move(name)), bar_(global, "rebuilding") {
    // nop
  }

  void show(const projection_rebuild::progress& now) {
    if (!first_)
      first_ = now.events;
    now_ = now;
    const auto run = now.events - *first_;
    const auto all = now.total - *first_;
    bar_.show(all > 0 ? static_cast<double>(run) / static_cast<double>(all)
                      : -1,
              static_cast<std::size_t>(run));
    if (!global_.json || global_.quiet || clock::now() - told_ < line_interval)
      return;
    told_ = clock::now();
    auto line = figures();
    if (const auto left = seconds_left())
      line["seconds_left"] = *left;
    print_json(line);
    std::cout.flush();
  }

  void finish() {
    bar_.clear();
    if (global_.json) {
      auto line = figures();
      line["skipped"] = now_.skipped;
      line["seconds"] = seconds();
      line["finished"] = now_.finished;
      print_json(line);
    } else if (!global_.quiet) {
      std::cout << fmt::format(
        "{}: {} events{} in {:.1f} s, {}/s, {} skipped; {}\n", name_,
        grouped(static_cast<std::size_t>(now_.events)),
        *first_ > 0 ? " (" + grouped(static_cast<std::size_t>(*first_))
                        + " of them earlier)"
                    : std::string{},
        seconds(), grouped(static_cast<std::size_t>(rate())), now_.skipped,
        now_.finished ? "the new rows serve"
                      : "interrupted, the next rebuild goes on from here");
    }
  }

private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(clock::now() - start_).count();
  }
  [[nodiscard]] double rate() const {
    return static_cast<double>(now_.events - *first_)
           / std::max(seconds(), 1e-6);
  }
  [[nodiscard]] std::optional<double> seconds_left() const {
    if (rate() <= 0)
      return std::nullopt;
    return static_cast<double>(
             std::max<std::int64_t>(now_.total - now_.events, 0))
           / rate();
  }
  [[nodiscard]] nlohmann::ordered_json figures() const {
    return {{"projection", name_},
            {"events", now_.events},
            {"total", now_.total},
            {"events_per_second", rate()}};
  }

  const global_options& global_;
  std::string name_;
  progress_bar bar_;
  clock::time_point start_ = clock::now();
  clock::time_point told_ = start_;
  projection_rebuild::progress now_{};
  /// Events that an earlier run had done.
  std::optional<std::int64_t> first_;
};

int run(const global_options& global, es::store::event_store& store,
        const known_projection& what, const projection_rebuild::options& how) {
  auto rebuild = begin(store, what, how);
  if (!rebuild)
    return report(global, rebuild.error());
  rebuild_report told{global, what->name()};
  auto now = rebuild->where();
  told.show(now);
  while (!now.finished && !is_interrupted()) {
    auto next = rebuild->step();
    if (!next) {
      rebuild->interrupt();
      told.finish();
      return report(global, next.error());
    }
    now = *next;
    told.show(now);
  }
  rebuild->interrupt();
  told.finish();
  return now.finished ? done : interrupted;
}

} // namespace

int projection_rebuild_one(const global_options& global,
                           const projection_rebuild_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto what = find_projection(options.name);
  if (!what)
    return report_usage(global, what.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  auto& store = *opened->store;
  if (options.discard) {
    if (auto gone = projection_rebuild::discard(store, **what); !gone)
      return report(global, gone.error());
    return done;
  }
  const orderly_end until_interrupted;
  return run(global, store, *what,
             {.owner = es::ksuid_generator::system().next("run_"),
              .lease_duration = how->subscriptions.lease_duration,
              .page_events_max = options.page_events_max,
              .skips_failing_events = options.skip_failing});
}

} // namespace esctl

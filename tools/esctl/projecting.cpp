#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

namespace esctl {

namespace {

constexpr std::chrono::milliseconds look_interval{20};

es::result<std::vector<known_projection>>
named(const std::vector<std::string>& names) {
  if (names.empty())
    return known_projections();
  std::vector<known_projection> all;
  for (const auto& name : names) {
    auto one = find_projection(name);
    if (!one)
      return tl::unexpected(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

/// As many as it has, which is for ever the same number.
es::result<std::uint32_t> partitions_of(es::store::event_store& store,
                                        const known_projection& what,
                                        std::uint32_t wanted) {
  auto status = read_status(store, what);
  if (!status)
    return tl::unexpected(status.error());
  if (status->parts.empty())
    return wanted == 0 ? 1 : wanted;
  const auto there = status->parts.front().stored.key.part.count;
  if (wanted == 0 || wanted == there)
    return there;
  return es::fail(es::errc::invalid, what->name() + " has "
                                       + std::to_string(there)
                                       + " partitions, which can't change");
}

/// Shows what this run has done of what it found to do.
class projecting_bar {
public:
  projecting_bar(const global_options& global, es::store::event_store& store,
                 const std::vector<known_projection>& all)
    : bar_(global, "projecting"), store_(store), all_(all) {
    if (!bar_.visible())
      return;
    before_ = count_projected(store, all).value_or(0);
    wanted_ = count_wanted(store, all).value_or(0) - before_;
    show();
  }

  void show() {
    if (!bar_.visible())
      return;
    const auto now = count_projected(store_, all_).value_or(before_);
    const auto run = std::max<std::int64_t>(now - before_, 0);
    bar_.show(wanted_ > 0
                ? static_cast<double>(run) / static_cast<double>(wanted_)
                : -1,
              static_cast<std::size_t>(run));
  }

private:
  progress_bar bar_;
  es::store::event_store& store_;
  const std::vector<known_projection>& all_;
  std::int64_t before_ = 0;
  std::int64_t wanted_ = 0;
};

} // namespace

es::result<void> start_projections(es::actors::runtime& runtime,
                                   const std::vector<known_projection>& all,
                                   std::uint32_t partitions,
                                   es::actors::failing_events policy) {
  for (const auto& each : all) {
    auto count = partitions_of(runtime.store(), each, partitions);
    if (!count)
      return tl::unexpected(count.error());
    auto started = runtime.subscriptions().project(
      each, {.partitions = *count, .policy = policy});
    if (!started)
      return tl::unexpected(started.error());
  }
  return {};
}

es::result<void> await_projected(const global_options& global,
                                 es::store::event_store& store,
                                 const std::vector<known_projection>& all) {
  projecting_bar bar{global, store, all};
  for (const auto& each : all)
    for (;;) {
      auto there = is_caught_up(store, each);
      // A database that is away now may be back soon.
      if (!there && !es::is_retryable(there.error().code))
        return tl::unexpected(there.error());
      if ((there && *there) || is_interrupted())
        break;
      bar.show();
      std::this_thread::sleep_for(look_interval);
    }
  return {};
}

int projection_run(const global_options& global,
                   const projection_run_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto all = named(options.names);
  if (!all)
    return report_usage(global, all.error());
  const orderly_end until_interrupted;
  auto running = session::start(std::move(*how));
  if (!running)
    return report_opening(global, running.error());
  auto& runtime = (*running)->runtime();
  auto started =
    start_projections(runtime, *all, options.partitions,
                      options.skip_failing ? es::actors::failing_events::skip
                                           : es::actors::failing_events::stop);
  if (!started)
    return started.error().code == es::errc::invalid
             ? report_usage(global, started.error())
             : report(global, started.error());
  if (options.once) {
    auto caught_up = await_projected(global, runtime.store(), *all);
    if (!caught_up)
      return report(global, caught_up.error());
  } else {
    while (!is_interrupted())
      std::this_thread::sleep_for(look_interval);
  }
  if (!runtime.stop().clean())
    return found;
  if (!global.quiet)
    for (const auto& each : *all)
      std::cerr << "esctl: " << each->name()
                << (options.once && !is_interrupted() ? " has all events\n"
                                                      : " was interrupted\n");
  return done;
}

} // namespace esctl

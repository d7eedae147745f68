#include "eventsource/tools/esctl/relay.hpp"

#include "eventsource/actors/stream_publisher.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"

#ifdef ESCTL_NATS
#include "eventsource/actors/nats/nats_publisher.hpp"
#endif

#include <algorithm>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace esctl {

namespace {

es::actors::publisher_factory factory_of(const relay_options& options) {
  if (options.to == "stdout")
    return []() -> es::result<std::unique_ptr<es::actors::publisher>> {
      return std::make_unique<es::actors::stream_publisher>(std::cout);
    };
#ifdef ESCTL_NATS
  es::actors::nats_options where;
  where.url = options.nats_url;
  where.subject = options.subject;
  where.stream = options.stream;
  return [where] { return es::actors::nats_publisher::make(where); };
#else
  return []() -> es::result<std::unique_ptr<es::actors::publisher>> {
    return es::fail(es::errc::invalid, "this esctl was built without NATS");
  };
#endif
}

/// Whether nothing can be published now or later by itself: what is left waits
/// behind dead letters.
es::result<bool> is_drained(es::store::outbox_store& outbox,
                            const es::store::outbox_lag& lag) {
  if (lag.pending == 0)
    return true;
  if (lag.waiting > 0)
    return false;
  auto next = outbox.load_outbox({0, 1}, {}, 1);
  if (!next)
    return tl::unexpected(next.error());
  return next->empty();
}

} // namespace

es::result<void> await_drained(const global_options& global,
                               es::store::outbox_store& outbox) {
  progress_bar bar{global, "publishing"};
  std::int64_t all = 0;
  for (;;) {
    auto drained =
      outbox.measure_outbox().and_then([&](const es::store::outbox_lag& lag) {
        all = std::max(all, lag.pending);
        const auto published = all - lag.pending;
        bar.show(all > 0
                   ? static_cast<double>(published) / static_cast<double>(all)
                   : -1,
                 static_cast<std::size_t>(published));
        return is_drained(outbox, lag);
      });
    // A database that is away now may be back soon.
    if (!drained && !es::is_retryable(drained.error().code))
      return tl::unexpected(drained.error());
    if ((drained && *drained) || is_interrupted())
      return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

int relay(const global_options& global, const relay_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  const orderly_end until_interrupted;
  // The partitions would write into each other's lines.
  if (options.to == "stdout")
    how->outbox.partitions = 1;
  auto running = session::start(std::move(*how));
  if (!running)
    return report_opening(global, running.error());
  auto& runtime = (*running)->runtime();
  if (auto started = runtime.relay_outbox(factory_of(options)); !started)
    return report_usage(global, started.error());
  if (options.once) {
    auto shown = global;
    // A bar would stand among the events.
    shown.quiet =
      shown.quiet || (options.to == "stdout" && ::isatty(STDOUT_FILENO) != 0);
    if (auto drained = await_drained(shown, runtime.store().outbox()); !drained)
      return report(global, drained.error());
  } else {
    while (!is_interrupted())
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  es::actors::relay_status all;
  for (const auto& part : runtime.relays()) {
    all.published += part.published;
    all.failed_attempts += part.failed_attempts;
    all.dead += part.dead;
  }
  const bool clean = runtime.stop().clean();
  if (!global.quiet)
    std::cerr << "esctl: " << all.published << " published, "
              << all.failed_attempts << " failed attempts, " << all.dead
              << " became dead letters\n";
  return clean && all.dead == 0 ? done : found;
}

} // namespace esctl

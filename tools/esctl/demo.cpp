#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/relay.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/time_travel.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>

namespace esctl {

namespace {

/// In the registry for long, and with a history that fits on a screen.
constexpr std::string_view favourite = "Raspberry Pi Trading Ltd";

void headline(const global_options& global, std::string_view text) {
  if (!global.json)
    std::cout << "\n== " << text << "\n" << std::flush;
}

/// The organization to look at: the favourite if the file has it, else its
/// first one.
es::result<std::string> example_of(const std::string& path) {
  auto file = registry_file::open(path);
  if (!file)
    return tl::unexpected(file.error());
  std::string first;
  while (auto row = file->next()) {
    if (!row->malformed.empty())
      continue;
    if (row->organization == favourite)
      return row->organization;
    if (first.empty())
      first = row->organization;
  }
  if (first.empty())
    return es::fail(es::errc::invalid,
                    path + " has no row that is well formed");
  return first;
}

/// A history, a state and a state of the past.
int look_at(const global_options& global, es::store::event_store& store,
            const std::string& name) {
  const auto& type = es::type_of<es::reference::organization>();
  auto id = organization_id(name);
  headline(global, "The history of " + name + " (esctl history " + id + ")");
  if (auto ok = print_history(global, store, {id, 1, 10}); !ok)
    return report(global, ok.error());
  headline(global, "Its state now (esctl state " + id + ")");
  if (auto code = print_state(global, store, type, id, latest))
    return code;
  auto events = store.load_events(id, 1, 1);
  if (!events)
    return report(global, events.error());
  if (events->empty())
    return report(global, {es::errc::not_found, "nobody imported " + name});
  auto then = events->front().occurred_at;
  headline(global, "Its state at the time of its registration (esctl state "
                     + id + " --at " + es::to_string(then) + ")");
  return print_state_at(global, store, type, id, then);
}

/// Counts, and keeps the events of one aggregate.
class watching_publisher : public es::actors::publisher {
public:
  struct seen {
    std::size_t count = 0;
    std::vector<std::string> of_one;
  };

  watching_publisher(std::string id, std::shared_ptr<seen> what)
    : id_(std::move(id)), seen_(std::move(what)) {
    // nop
  }

  std::vector<es::result<void>>
  publish(std::span<const es::actors::outgoing_event> events) override {
    seen_->count += events.size();
    for (const auto& out : events)
      if (out.event.aggregate_id == id_)
        seen_->of_one.push_back(out.cloud_event);
    return std::vector<es::result<void>>(events.size());
  }

private:
  std::string id_;
  std::shared_ptr<seen> seen_;
};

/// Publishes what was imported, and shows the events of one organization.
int publish_all(const global_options& global, es::actors::runtime& runtime,
                const std::string& name) {
  headline(global, "Publishing the outbox, and the CloudEvents of " + name
                     + " (esctl relay)");
  auto seen = std::make_shared<watching_publisher::seen>();
  const auto start = std::chrono::steady_clock::now();
  auto started = runtime.relay_outbox(
    [&]() -> es::result<std::unique_ptr<es::actors::publisher>> {
      return std::make_unique<watching_publisher>(organization_id(name), seen);
    });
  if (!started)
    return report(global, started.error());
  if (auto drained = await_drained(runtime.store().outbox()); !drained)
    return report(global, drained.error());
  const std::chrono::duration<double> time =
    std::chrono::steady_clock::now() - start;
  // All is noted, so that nobody writes to `seen` any more.
  if (global.json) {
    print_json({{"published", seen->count}});
    return done;
  }
  for (const auto& event : seen->of_one)
    std::cout << event << "\n";
  std::cout << fmt::format("{} events published in {:.1f} s\n",
                           grouped(seen->count), time.count());
  return done;
}

} // namespace

int demo(const global_options& global, const demo_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto example = example_of(options.file);
  if (!example)
    return report_usage(global, example.error());
  how->runtime.migrate = true;
  // Its publisher is one object.
  how->outbox.partitions = 1;
  headline(global, how->store.dsn.empty()
                     ? "Starting the private PostgreSQL server"
                     : "Using the database that is configured");
  auto in_flight_max = in_flight_bound(*how, import_options{}.in_flight_max);
  auto running = session::start(std::move(*how));
  if (!running)
    return report_opening(global, running.error());
  auto& runtime = (*running)->runtime();
  headline(global, "Importing " + options.file + " (esctl import)");
  if (auto code =
        import_and_report(global, runtime, {options.file}, in_flight_max))
    return code;
  if (auto code = look_at(global, runtime.store(), *example))
    return code;
  if (auto code = publish_all(global, runtime, *example))
    return code;
  headline(global, "Reading everything back (esctl verify)");
  return verify_and_report(global, runtime.store());
}

} // namespace esctl

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/text_search.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/relay.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/time_travel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
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
  if (auto drained = await_drained(global, runtime.store().outbox()); !drained)
    return report(global, drained.error());
  const std::chrono::duration<double> time =
    std::chrono::steady_clock::now() - start;
  if (is_interrupted())
    return interrupted;
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

/// The countries with the most organizations now, over all days.
es::result<std::vector<es::row>> top_countries(es::store::event_store& store,
                                               std::size_t limit) {
  const auto what = es::reference::organizations_per_country();
  auto days = store.scan_projection(what->tables().front(), {},
                                    std::numeric_limits<std::int32_t>::max());
  if (!days)
    return days;
  auto number = [](const es::cell& cell) {
    return std::strtoll(cell.text().value_or("0").c_str(), nullptr, 10);
  };
  std::map<std::string, std::int64_t> totals;
  for (const auto& day : *days)
    totals[day[0].text().value_or("")] +=
      number(day[2]) + number(day[3]) - number(day[4]) - number(day[5]);
  std::vector<std::pair<std::int64_t, std::string>> ordered;
  for (const auto& [country, total] : totals)
    ordered.emplace_back(-total, country);
  std::sort(ordered.begin(), ordered.end());
  std::vector<es::row> rows;
  for (const auto& [negative, country] : ordered)
    if (rows.size() < limit)
      rows.push_back({country.empty() ? "(unknown)" : country, -negative});
  return rows;
}

/// Brings the projections up to date and looks at their rows.
int project_all(const global_options& global, es::actors::runtime& runtime,
                const std::string& name) {
  auto& store = runtime.store();
  headline(global, "Projecting all events, each exactly once (esctl projection "
                   "run --once)");
  const auto before = count_projected(store, known_projections()).value_or(0);
  const auto start = std::chrono::steady_clock::now();
  if (auto started = start_projections(runtime, known_projections()); !started)
    return report(global, started.error());
  if (auto ok = await_projected(global, store, known_projections()); !ok)
    return report(global, ok.error());
  if (is_interrupted())
    return interrupted;
  const std::chrono::duration<double> time =
    std::chrono::steady_clock::now() - start;
  const auto events =
    count_projected(store, known_projections()).value_or(before) - before;
  if (global.json)
    print_json({{"projected", events}});
  else
    std::cout << fmt::format("{} events of {} projections in {:.1f} s\n",
                             grouped(static_cast<std::size_t>(events)),
                             known_projections().size(), time.count());
  headline(global, "Where most organizations are (esctl projection rows "
                   "organizations_per_country)");
  static const es::projection_table totals{
    .name = "totals",
    .columns = {{"country", es::column_type::text},
                {"organizations", es::column_type::bigint}},
    .key = {"country"},
    .version_column = ""};
  auto rows = top_countries(store, 5);
  if (!rows)
    return report(global, rows.error());
  print_rows(global, totals, *rows);
  const auto words = es::store::words_of(name);
  if (words.empty())
    return done;
  headline(global, "Organizations by a word of their names (esctl search "
                     + words.front() + ")");
  return print_search(global, store, {.words = {words.front()}, .limit = 5});
}

/// Everything that writes.
int write_all(const global_options& global, es::actors::runtime& runtime,
              const std::string& file, const std::string& example,
              std::size_t in_flight_max) {
  const orderly_end until_interrupted;
  headline(global, "Importing " + file + " (esctl import)");
  if (auto code = import_and_report(global, runtime, {file}, in_flight_max))
    return code;
  if (auto code = look_at(global, runtime.store(), example))
    return code;
  if (auto code = publish_all(global, runtime, example))
    return code;
  if (auto code = project_all(global, runtime, example))
    return code;
  return is_interrupted() ? interrupted : done;
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
  if (auto code =
        write_all(global, runtime, options.file, *example, in_flight_max))
    return code;
  headline(global, "Reading everything back (esctl verify)");
  return verify_and_report(global, runtime.store());
}

} // namespace esctl

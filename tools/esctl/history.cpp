#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>

namespace esctl {

namespace {

void print(const global_options& global, const es::recorded_event& event) {
  if (global.json)
    print_json({{"id", event.id},
                {"type", event.type},
                {"schema_version", event.schema_version},
                {"aggregate_id", event.aggregate_id},
                {"aggregate_type", event.aggregate_type},
                {"version", event.version},
                {"occurred_at", es::to_string(event.occurred_at)},
                {"registered_at", es::to_string(event.registered_at)},
                {"data", parsed(event.data)},
                {"metadata", parsed(event.metadata)}});
  else
    std::cout << fmt::format("{:>6}  {}  {:<28} {}\n", event.version,
                             es::to_string(event.occurred_at), event.type,
                             event.data);
}

} // namespace

es::result<std::size_t> print_history(const global_options& global,
                                      es::store::event_store& store,
                                      const history_options& options) {
  constexpr std::size_t page = 1000;
  auto left = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  auto from = options.from;
  std::size_t printed = 0;
  // Nobody listens any more once the output has failed.
  while (left > 0 && std::cout) {
    auto wanted = std::min(page, left);
    auto events = store.load_events(options.id, from, wanted);
    if (!events)
      return tl::unexpected(events.error());
    for (const auto& event : *events)
      print(global, event);
    printed += events->size();
    if (events->size() < wanted)
      break;
    left -= wanted;
    from = events->back().version + 1;
  }
  return printed;
}

int history(const global_options& global, const history_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto type = type_of_id(options.id);
  if (!type)
    return report_usage(global, type.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  auto printed = print_history(global, *opened->store, options);
  if (!printed)
    return report(global, printed.error());
  if (*printed > 0)
    return done;
  auto any = opened->store->load_events(options.id, 1, 1);
  if (!any)
    return report(global, any.error());
  if (any->empty())
    return report(global, {es::errc::not_found, "there is no " + (*type)->name()
                                                  + " " + options.id});
  return done;
}

} // namespace esctl

#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <fmt/format.h>

#include <iostream>

namespace esctl {

int history(const global_options& global, const history_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto type = type_of_id(options.id);
  if (!type)
    return report(global, type.error()), wrong_usage;
  auto opened = es::actors::open_store(*how);
  if (!opened)
    return report(global, opened.error());
  if (auto ok = opened->store->check(); !ok)
    return report(global, ok.error());
  auto events =
    opened->store->load_events(options.id, options.from, options.limit);
  if (!events)
    return report(global, events.error());
  if (events->empty() && options.from == 1)
    return report(global, {es::errc::not_found, "there is no " + (*type)->name()
                                                  + " " + options.id});
  for (const auto& event : *events) {
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
  return done;
}

} // namespace esctl

#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/time_travel.hpp"

#include <iostream>

namespace esctl {

int print_state(const global_options& global, es::store::event_store& store,
                const es::aggregate_type& type, const std::string& id,
                es::version_t version) {
  auto now = state_at(store, type, id, version);
  if (!now)
    return report(global, now.error());
  auto json = type.encode_state(now->state);
  if (!json)
    return report(global, json.error());
  if (global.json)
    print_json({{"aggregate_id", id},
                {"aggregate_type", type.name()},
                {"version", now->version},
                {"state", parsed(*json)}});
  else
    std::cout << type.name() << " " << id << " at version " << now->version
              << "\n"
              << parsed(*json).dump(2) << "\n";
  return done;
}

int print_state_at(const global_options& global, es::store::event_store& store,
                   const es::aggregate_type& type, const std::string& id,
                   es::timestamp when) {
  auto version = store.version_at(id, when);
  if (!version)
    return report(global, version.error());
  if (*version == 0)
    return report(global,
                  {es::errc::not_found, "there was no " + type.name() + " " + id
                                          + " at " + es::to_string(when)});
  return print_state(global, store, type, id, *version);
}

int state(const global_options& global, const state_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto type = type_of_id(options.id);
  if (!type)
    return report_usage(global, type.error());
  std::optional<es::timestamp> when;
  if (options.at) {
    auto read = es::parse_timestamp(*options.at);
    if (!read)
      return report_usage(global, read.error());
    when = *read;
  }
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  if (when)
    return print_state_at(global, *opened->store, **type, options.id, *when);
  return print_state(global, *opened->store, **type, options.id,
                     options.at_version.value_or(latest));
}

} // namespace esctl

#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/time_travel.hpp"

#include <iostream>

namespace esctl {

int state(const global_options& global, const state_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto type = type_of_id(options.id);
  if (!type)
    return report(global, type.error()), wrong_usage;
  std::optional<es::timestamp> when;
  if (options.at) {
    auto read = es::parse_timestamp(*options.at);
    if (!read)
      return report(global, read.error()), wrong_usage;
    when = *read;
  }
  auto opened = es::actors::open_store(*how);
  if (!opened)
    return report(global, opened.error());
  if (auto ok = opened->store->check(); !ok)
    return report(global, ok.error());
  auto version = options.at_version.value_or(latest);
  if (when) {
    auto then = opened->store->version_at(options.id, *when);
    if (!then)
      return report(global, then.error());
    if (*then == 0)
      return report(global, {es::errc::not_found,
                             "there was no " + (*type)->name() + " "
                               + options.id + " at " + es::to_string(*when)});
    version = *then;
  }
  auto now = state_at(*opened->store, **type, options.id, version);
  if (!now)
    return report(global, now.error());
  auto json = (*type)->encode_state(now->state);
  if (!json)
    return report(global, json.error());
  if (global.json)
    print_json({{"aggregate_id", options.id},
                {"aggregate_type", (*type)->name()},
                {"version", now->version},
                {"state", parsed(*json)}});
  else
    std::cout << (*type)->name() << " " << options.id << " at version "
              << now->version << "\n"
              << parsed(*json).dump(2) << "\n";
  return done;
}

} // namespace esctl

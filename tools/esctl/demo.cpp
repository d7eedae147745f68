#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"
#include "eventsource/tools/esctl/time_travel.hpp"

#include <fmt/format.h>

#include <iostream>

namespace esctl {

namespace {

/// Part of the registry for long, and with a history of some length.
constexpr std::string_view shown_organization = "Raspberry Pi Trading Ltd";

void headline(std::string_view text) {
  std::cout << "\n== " << text << "\n";
}

int show_history(const global_options& global, es::store::event_store& store,
                 const std::string& id) {
  auto events = store.load_events(id, 1, 1000);
  if (!events)
    return report(global, events.error());
  for (const auto& event : *events)
    std::cout << fmt::format("{:>4}  {}  {:<28} {}\n", event.version,
                             es::to_string(event.occurred_at), event.type,
                             event.data);
  return done;
}

int show_state(const global_options& global, es::store::event_store& store,
               const std::string& id, es::version_t version) {
  const auto& type = es::type_of<es::reference::organization>();
  auto now = state_at(store, type, id, version);
  if (!now)
    return report(global, now.error());
  auto json = type.encode_state(now->state);
  if (!json)
    return report(global, json.error());
  std::cout << "version " << now->version << ": " << *json << "\n";
  return done;
}

} // namespace

int demo(const global_options& global, const demo_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  how->runtime.migrate = true;
  auto where = how->store.dsn.empty()
                 ? std::string{"a private PostgreSQL server"}
                 : std::string{"the database that is configured"};
  headline("Importing " + options.file + " into " + where);
  auto running = session::start(std::move(*how));
  if (!running)
    return report(global, running.error());
  auto& runtime = (*running)->runtime();
  if (auto code = import_and_report(global, runtime, {options.file}, 1000))
    return code;

  auto id = organization_id(shown_organization);
  auto& store = runtime.store();
  headline("The history of " + std::string(shown_organization)
           + " (esctl history " + id + ")");
  if (auto code = show_history(global, store, id))
    return code;
  headline("Its state now (esctl state ID)");
  if (auto code = show_state(global, store, id, latest))
    return code;
  headline("Its state when it was registered (esctl state ID --at-version 1)");
  if (auto code = show_state(global, store, id, 1))
    return code;
  headline("Reading everything back (esctl verify)");
  return verify_and_report(global, store);
}

} // namespace esctl

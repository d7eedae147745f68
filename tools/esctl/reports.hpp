#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/importer.hpp"

#include <string>
#include <vector>

/// What the demo shares with the subcommands that it strings together.
namespace esctl {

/// `esctl verify` on an open store.
int verify_and_report(const global_options& global,
                      es::store::event_store& store);

/// `esctl import` through a running runtime.
int import_and_report(const global_options& global,
                      es::actors::runtime& runtime,
                      const std::vector<std::string>& files,
                      std::size_t in_flight_max);

/// How many commands may be without an answer at once: more than the settings
/// let wait would be refused as an overload.
[[nodiscard]] std::size_t in_flight_bound(const es::actors::settings& how,
                                          std::size_t wanted);

/// `esctl history` on an open store; gives how many events it printed.
[[nodiscard]] es::result<std::size_t>
print_history(const global_options& global, es::store::event_store& store,
              const history_options& options);

/// `esctl state` on an open store.
int print_state(const global_options& global, es::store::event_store& store,
                const es::aggregate_type& type, const std::string& id,
                es::version_t version);

/// `esctl state --at` on an open store.
int print_state_at(const global_options& global, es::store::event_store& store,
                   const es::aggregate_type& type, const std::string& id,
                   es::timestamp when);

} // namespace esctl

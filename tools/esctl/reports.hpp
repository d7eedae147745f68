#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/importer.hpp"
#include "eventsource/tools/esctl/projection_status.hpp"

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

/// Runs projections in this process, in as many partitions as they have; new
/// ones in `partitions`, or one if that is 0. `errc::invalid` if one has
/// another number of them.
[[nodiscard]] es::result<void> start_projections(
  es::actors::runtime& runtime, const std::vector<known_projection>& all,
  std::uint32_t partitions = 0,
  es::actors::failing_events policy = es::actors::failing_events::stop);

/// Waits until running projections have got to the end of the log, or the
/// program was asked to end, and shows how far they are.
[[nodiscard]] es::result<void>
await_projected(const global_options& global, es::store::event_store& store,
                const std::vector<known_projection>& all);

/// `esctl projection rows` of rows that were read.
void print_rows(const global_options& global, const es::projection_table& table,
                const std::vector<es::row>& rows);

/// `esctl search` on an open store.
int print_search(const global_options& global, es::store::event_store& store,
                 const search_options& options);

} // namespace esctl

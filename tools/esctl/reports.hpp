#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/tools/esctl/importer.hpp"
#include "eventsource/tools/esctl/session.hpp"

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

} // namespace esctl

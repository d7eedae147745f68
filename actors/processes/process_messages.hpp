#pragma once

#include "eventsource/actors/caf_compat.hpp"

#include <cstdint>

/// The messages of process managers; all stay inside one process.
namespace es::actors {

struct process_tick {
  std::uint64_t generation = 0;
};

} // namespace es::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(es::actors::process_tick)

// A block of its own, so that others can grow. Append only.
CAF_BEGIN_TYPE_ID_BLOCK(eventsource_processes, caf::first_custom_type_id + 2300)

CAF_ADD_TYPE_ID(eventsource_processes, (es::actors::process_tick))

CAF_END_TYPE_ID_BLOCK(eventsource_processes)

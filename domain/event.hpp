#pragma once

#include "eventsource/domain/metadata.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace es {

/// An event's place in its aggregate, from 1. 0 is "before the first event".
using version_t = std::int64_t;

/// What a handler may know about an event beside its content. Views are valid
/// during the call only.
struct event_context {
  std::string_view aggregate_id;
  version_t version;
  timestamp occurred_at;
  const es::metadata& metadata;
};

/// An event as `decide` gave it, encoded; id, version, time and metadata are
/// added by who stores it.
struct decided_event {
  std::string type;
  int schema_version = 1;
  /// JSON text that `jsonb` accepts.
  std::string data;
  /// Whether it asks for an outbox row.
  bool publish = false;
};

/// A fact as the store holds it: the nine columns of `es.events` and the schema
/// version of its data.
struct recorded_event {
  std::string id;
  std::string type;
  int schema_version = 1;
  timestamp occurred_at;
  /// The store's own clock when the row was written.
  timestamp registered_at;
  std::string aggregate_id;
  std::string aggregate_type;
  version_t version = 0;
  /// JSON text, as stored.
  std::string data;
  /// JSON text of an object, as stored.
  std::string metadata;

  friend bool operator==(const recorded_event&,
                         const recorded_event&) = default;
};

} // namespace es

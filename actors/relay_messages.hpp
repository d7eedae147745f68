#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/actors/publisher.hpp"
#include "eventsource/store/outbox.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The messages of the outbox relay; messages.hpp registers them. Only
/// `publish_event` and its answer may cross a node's border.
namespace es::actors {

// -- between a relay and a program's own publisher ----------------------------

/// One event for an actor that publishes. It is acknowledged with
/// `event_published`; an error is a failed attempt (see publisher.hpp).
struct publish_event {
  std::string event_id;
  std::string event_type;
  std::string aggregate_type;
  std::string aggregate_id;
  std::int64_t version = 0;
  /// Structured JSON of CloudEvents 1.0.
  std::string cloud_event;
};

struct event_published {
  friend bool operator==(const event_published&,
                         const event_published&) = default;
};

ES_INSPECT(publish_event, event_id, event_type, aggregate_type, aggregate_id,
           version, cloud_event)
ES_INSPECT(event_published)

/// An actor that publishes.
using publisher_handle = caf::typed_actor<
  compat::signature<caf::result<event_published>(publish_event)>>;

// -- inside one process -------------------------------------------------------

/// Persistence actor to relay: there is something to publish.
struct outbox_filled {};

/// Relay to persistence actor: send me `outbox_filled`.
struct watch_outbox {
  caf::actor relay;
};

/// Relay to a publishing actor; answered with `events_published`.
struct publish_events {
  std::shared_ptr<const std::vector<outgoing_event>> events;
};

struct events_published {
  std::vector<result<void>> outcomes;
};

/// Relay to its worker: takes the lease or renews it; answered with
/// `lease_held`.
struct hold_lease {
  std::string name;
  std::string owner;
  std::chrono::milliseconds duration{0};
  /// The lease that is to be renewed.
  std::optional<store::held_lease> present;
};

struct lease_held {
  /// Empty if it is another's.
  std::optional<store::held_lease> lease;
};

/// Relay to its worker: lets others take it at once; answered with an empty
/// `lease_held`.
struct release_lease {
  store::held_lease lease;
};

/// Relay to its worker; answered with `outbox_loaded`.
struct load_outbox {
  store::outbox_partition part;
  store::outbox_place after;
  std::size_t limit = 0;
  /// Not 0: any events are claimed for so long.
  std::chrono::milliseconds claim_for{0};
};

struct loaded_event {
  outgoing_event content;
  int attempts = 0;
  /// Why it can't be published at all, if so.
  std::optional<error> unfit;
};

struct outbox_loaded {
  std::vector<loaded_event> events;
};

/// Relay to its worker; answered with `outbox_settled`.
struct settle_outbox {
  store::outbox_settlement what;
};

struct outbox_settled {};

/// Relay to its worker; answered with `outbox_purged`.
struct purge_outbox {
  std::chrono::milliseconds age{0};
  std::size_t limit = 0;
};

struct outbox_purged {
  std::size_t rows = 0;
};

/// To a relay: how is it? Answered with `relay_status`.
struct get_relay_status {};

struct relay_status {
  /// Whether it publishes; another process may do so instead.
  bool active = false;
  /// Since its start.
  std::uint64_t published = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t dead = 0;
  /// What the publisher said last, if it could publish nothing at all.
  std::optional<error> outage;
};

struct relay_tick {
  std::uint64_t generation = 0;
};

} // namespace es::actors

#define ES_LOCAL_MESSAGE(Type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(Type)
ES_LOCAL_MESSAGE(es::actors::outbox_filled)
ES_LOCAL_MESSAGE(es::actors::watch_outbox)
ES_LOCAL_MESSAGE(es::actors::publish_events)
ES_LOCAL_MESSAGE(es::actors::events_published)
ES_LOCAL_MESSAGE(es::actors::hold_lease)
ES_LOCAL_MESSAGE(es::actors::lease_held)
ES_LOCAL_MESSAGE(es::actors::release_lease)
ES_LOCAL_MESSAGE(es::actors::load_outbox)
ES_LOCAL_MESSAGE(es::actors::outbox_loaded)
ES_LOCAL_MESSAGE(es::actors::settle_outbox)
ES_LOCAL_MESSAGE(es::actors::outbox_settled)
ES_LOCAL_MESSAGE(es::actors::purge_outbox)
ES_LOCAL_MESSAGE(es::actors::outbox_purged)
ES_LOCAL_MESSAGE(es::actors::get_relay_status)
ES_LOCAL_MESSAGE(es::actors::relay_status)
ES_LOCAL_MESSAGE(es::actors::relay_tick)
#undef ES_LOCAL_MESSAGE

// A block of its own, so that messages.hpp can grow. Append only.
CAF_BEGIN_TYPE_ID_BLOCK(eventsource_relay, caf::first_custom_type_id + 2100)

CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::publish_event))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::event_published))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::outbox_filled))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::watch_outbox))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::publish_events))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::events_published))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::hold_lease))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::lease_held))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::release_lease))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::load_outbox))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::outbox_loaded))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::settle_outbox))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::outbox_settled))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::purge_outbox))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::outbox_purged))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::get_relay_status))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::relay_status))
CAF_ADD_TYPE_ID(eventsource_relay, (es::actors::relay_tick))

CAF_END_TYPE_ID_BLOCK(eventsource_relay)

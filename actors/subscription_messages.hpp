#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/actors/commit_bell.hpp"
#include "eventsource/store/event_log.hpp"
#include "eventsource/store/event_store.hpp"
#include "eventsource/store/subscription_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The messages of subscriptions and async projections; all stay inside one
/// process.
namespace es::actors {

// -- between a subscription and its subscriber --------------------------------

/// Subscription to subscriber: events in order. They stay the same for all who
/// hold them. Answered, when they are handled, with `events_handled` or
/// `events_refused`; what is not answered holds the subscription's credit.
struct events_delivered {
  std::string subscription;
  store::partition part{};
  /// Comes back with the answer.
  std::uint64_t ticket = 0;
  /// Rises whenever events that were not handled are delivered again.
  std::uint64_t round = 1;
  std::shared_ptr<const std::vector<store::logged_event>> events;
};

/// Subscriber to subscription: these events, and all that were delivered
/// before, are done with.
struct events_handled {
  std::uint64_t ticket = 0;
};

/// Subscriber to subscription: deliver these again, later.
struct events_refused {
  std::uint64_t ticket = 0;
  std::string reason;
};

/// To a subscription or a projection; answered with `subscription_figures`.
struct get_figures {};

struct subscription_figures {
  enum class activity {
    /// Another process has the lease, or the store is away.
    waiting,
    running,
    paused,
    stopped,
  };

  std::string name;
  store::partition part{};
  activity what = activity::waiting;
  /// Everything up to here is done with.
  store::position at{};
  /// Events handled since the start of this actor.
  std::uint64_t events = 0;
  /// Events that were delivered and not answered.
  std::size_t in_flight = 0;
  /// The last failure, if nothing has gone well since.
  std::string error{};
};

// -- between the parts --------------------------------------------------------

/// To a store worker: `run` gets its store; answered with `store_asked` when it
/// has run. See ask_store.hpp.
struct run_on_store {
  std::function<void(store::event_store&)> run;
};

struct store_asked {};

/// Hub to persistence actor: ring for every commit, and send me
/// `events_committed` when I listen.
struct watch_commits {
  caf::actor hub;
  std::shared_ptr<commit_bell> bell;
};

/// Persistence actor to hub: there are new events, and nobody tells of more
/// until the hub listens again.
struct events_committed {};

/// Listener to hub: another process has committed events.
struct events_hinted {};

/// Hub to listener: wait for hints. To itself: go on waiting.
struct await_hint {};

/// Subscription to hub: send me `wake` when there may be new events, and from
/// time to time.
struct join_hub {};

struct wake {
  /// Whether there are events of which is known; else it is only time to look.
  bool has_events = false;
};

struct hub_tick {
  std::uint64_t generation = 0;
};

struct hint_tick {
  std::uint64_t generation = 0;
};

/// Projection or subscription to hub: it has got on.
struct checkpoint_moved {};

/// To the hub: answered with `reached` when all partitions of the subscription
/// have got to this event; `errc::timeout` if they have not by then.
struct await_reached {
  std::string subscription;
  std::string aggregate_id;
  version_t version = 0;
  std::chrono::milliseconds timeout{0};
};

struct reached {};

} // namespace es::actors

#define ES_LOCAL_MESSAGE(Type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(Type)
ES_LOCAL_MESSAGE(es::actors::events_delivered)
ES_LOCAL_MESSAGE(es::actors::events_handled)
ES_LOCAL_MESSAGE(es::actors::events_refused)
ES_LOCAL_MESSAGE(es::actors::get_figures)
ES_LOCAL_MESSAGE(es::actors::subscription_figures)
ES_LOCAL_MESSAGE(es::actors::run_on_store)
ES_LOCAL_MESSAGE(es::actors::store_asked)
ES_LOCAL_MESSAGE(es::actors::watch_commits)
ES_LOCAL_MESSAGE(es::actors::events_committed)
ES_LOCAL_MESSAGE(es::actors::events_hinted)
ES_LOCAL_MESSAGE(es::actors::await_hint)
ES_LOCAL_MESSAGE(es::actors::join_hub)
ES_LOCAL_MESSAGE(es::actors::wake)
ES_LOCAL_MESSAGE(es::actors::hub_tick)
ES_LOCAL_MESSAGE(es::actors::hint_tick)
ES_LOCAL_MESSAGE(es::actors::checkpoint_moved)
ES_LOCAL_MESSAGE(es::actors::await_reached)
ES_LOCAL_MESSAGE(es::actors::reached)
#undef ES_LOCAL_MESSAGE

// A block of its own, so that messages.hpp can grow. Append only.
CAF_BEGIN_TYPE_ID_BLOCK(eventsource_subscriptions,
                        caf::first_custom_type_id + 2200)

CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::events_delivered))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::events_handled))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::events_refused))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::get_figures))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::subscription_figures))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::run_on_store))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::store_asked))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::watch_commits))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::events_committed))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::events_hinted))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::await_hint))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::join_hub))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::wake))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::hub_tick))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::await_reached))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::reached))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::checkpoint_moved))
CAF_ADD_TYPE_ID(eventsource_subscriptions, (es::actors::hint_tick))

CAF_END_TYPE_ID_BLOCK(eventsource_subscriptions)

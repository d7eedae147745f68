#pragma once

#include "eventsource/actors/live_actors.hpp"
#include "eventsource/actors/projection_actor.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_actor.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/domain/command.hpp"
#include "eventsource/domain/ksuid.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace es::actors {

struct subscription_options {
  /// Empty: begins anew each time. Otherwise its checkpoint is kept under this
  /// name, and it runs in one process at a time.
  std::string name{};
  store::event_filter filter{};
  /// Where it begins if it has no checkpoint.
  subscription_start start{};
  /// Shares of the aggregates that are read side by side, each in order; of a
  /// named subscription for ever the same number.
  std::uint32_t partitions = 1;
};

struct projection_options {
  /// Shares of the aggregates that are projected side by side; for ever the
  /// same number. Rows that several aggregates share may then be written by
  /// several of them.
  std::uint32_t partitions = 1;
  failing_events policy = failing_events::stop;
};

/// A subscription that was started. Copies are the same one.
struct subscription {
  /// One for each partition; they understand `get_figures` and `stop`.
  std::vector<caf::actor> parts;
};

/// What a runtime does with events after they were stored. Everything is
/// started when it is first needed. Thread-safe as its runtime is.
class subscriptions {
public:
  using worker_factory = std::function<caf::actor()>;
  /// Handles some events in order; must not block. An error, or an exception,
  /// has them delivered again later.
  using callback =
    std::function<result<void>(std::span<const store::logged_event> events)>;

  subscriptions(caf::actor_system& system, settings how,
                std::shared_ptr<store::event_store> store,
                std::shared_ptr<ksuid_generator> ids,
                std::vector<caf::actor> writers, caf::actor reader,
                worker_factory make_worker);

  /// Delivers events to an actor, as `events_delivered`. Fails with
  /// `errc::invalid` on wrong options.
  [[nodiscard]] result<subscription> subscribe(subscription_options what,
                                               caf::actor subscriber);

  /// Delivers events to a function, on an actor's thread; each partition calls
  /// it by itself.
  [[nodiscard]] result<subscription> subscribe(subscription_options what,
                                               callback handle);

  /// Delivers events to an actor that ends with the last of its parts.
  [[nodiscard]] result<subscription> subscribe_own(subscription_options what,
                                                   caf::actor subscriber);

  /// Runs an async projection, which is a named subscription: it begins with
  /// the first event. Its tables have to be there.
  [[nodiscard]] result<subscription>
  project(std::shared_ptr<const async_projection> what,
          projection_options how = {});

  /// Answers when a named subscription or a projection, here or in another
  /// process, has got to the receipt's last event: `done` runs once, on an
  /// actor's thread. `errc::timeout` means that the event is stored and the
  /// subscription has not got there.
  void wait_for(std::string name, const receipt& stored,
                std::chrono::milliseconds timeout,
                std::function<void(result<void>)> done);

  /// The same, and waits. Never call it from an actor.
  [[nodiscard]] result<void> wait_for(std::string name, const receipt& stored,
                                      std::chrono::milliseconds timeout);

  /// Starts an actor that asks the store what may block; it is told to `stop`
  /// with the subscriptions. `make` gets a store worker and an owner for
  /// leases.
  caf::actor add_part(std::string_view name,
                      const std::function<caf::actor(const caf::actor& worker,
                                                     std::string owner)>& make);

  /// Actors that finish what they have begun when they are told to stop.
  [[nodiscard]] std::vector<caf::actor> parts() const;
  /// Actors that end without having anything to finish.
  [[nodiscard]] std::vector<caf::actor> servants() const;

private:
  /// The hub, which the writers know.
  const caf::actor& hub();
  /// The hub, which hears of other processes' commits as well.
  const caf::actor& listening_hub();
  [[nodiscard]] std::chrono::milliseconds stop_patience() const;
  [[nodiscard]] std::string next_owner();
  const caf::actor& worker_for(std::string_view name, std::uint32_t part);
  /// Keeps it among the parts until it ends.
  void remember(const caf::actor& part);

  caf::actor_system& system_;
  settings how_;
  std::shared_ptr<store::event_store> store_;
  std::shared_ptr<ksuid_generator> ids_;
  /// How this runtime's leases begin their owners; made with the first.
  std::string owner_;
  std::uint64_t started_ = 0;
  std::vector<caf::actor> writers_;
  caf::actor reader_;
  worker_factory make_worker_;
  caf::actor hub_;
  caf::actor listener_;
  std::vector<caf::actor> workers_;
  std::shared_ptr<live_actors> live_ = std::make_shared<live_actors>();
};

} // namespace es::actors

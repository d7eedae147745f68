#pragma once

#include "eventsource/actors/processes/run_process.hpp"
#include "eventsource/actors/publisher.hpp"
#include "eventsource/actors/relay_messages.hpp"
#include "eventsource/actors/router_face.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/stop_report.hpp"
#include "eventsource/actors/subscriptions.hpp"
#include "eventsource/actors/typed_handle.hpp"
#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/ksuid.hpp"
#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace es::actors {

/// What a runtime asks of the outside world; tests put their own in.
struct ports {
  /// The wall clock of events; the system's if empty.
  std::function<timestamp()> now{};
  /// Where event ids come from; random ones if null.
  std::shared_ptr<ksuid_generator> ids{};
  /// Starts an actor that calls the store, one for each writer and reader; it
  /// answers what `store_worker` does. Empty: a `store_worker` with a thread of
  /// its own. Tests run it on the actor scheduler, where only a store that
  /// never blocks may be, and put delays before it.
  std::function<caf::actor(caf::actor_system&,
                           std::shared_ptr<store::event_store>)>
    spawn_worker{};
};

/// Starts and stops everything that a command passes through, inside the user's
/// own actor system. Not thread-safe itself; the handles it gives are.
class runtime {
public:
  /// Starts on PostgreSQL: on the server that `settings.store.dsn` names, else
  /// on a private one (see store/postgres/local_server.hpp). Checks settings,
  /// types and the database's migrations first.
  [[nodiscard]] static result<runtime>
  start(caf::actor_system& system, settings how, const type_registry& types);

  /// Starts on a store that the caller made, e.g. the memory store.
  [[nodiscard]] static result<runtime>
  start(caf::actor_system& system, settings how, const type_registry& types,
        std::shared_ptr<store::event_store> store, const ports& outside = {});

  runtime(runtime&&) noexcept;
  runtime& operator=(runtime&&) noexcept;
  /// Stops with the configured deadline if `stop` was not called.
  ~runtime();

  /// The typed handle of `A`, which must be among the types given to `start`.
  /// Fails with `errc::not_found` otherwise. Each call gives the same actor.
  ///
  /// An answer's handler may run on a store worker's thread. As CAF asks of all
  /// actors that share threads, it must not wait; who has to is spawned
  /// `caf::detached`.
  template <class A>
  [[nodiscard]] result<es::actors::handle<A>> handle() {
    auto router = find_router(A::aggregate_type);
    if (!router)
      return tl::unexpected(router.error());
    install_typed_face<A>(*router);
    return caf::actor_cast<es::actors::handle<A>>(*router);
  }

  /// The untyped router of an aggregate type; understands `submit_command` and
  /// `query_state` (messages.hpp). For tools and for the cluster.
  [[nodiscard]] result<caf::actor>
  find_router(std::string_view aggregate_type) const;

  /// Sends a command from outside of any actor. `done` runs once, on an actor's
  /// thread: it must not block. A command that can't even be taken is answered
  /// before this returns: hold no lock that `done` needs.
  void submit(std::string_view aggregate_type, std::string aggregate_id,
              any_command command, command_options options,
              std::function<void(result<receipt>)> done);

  /// Like `submit`, and waits. Never call it from an actor.
  [[nodiscard]] result<receipt> execute(std::string_view aggregate_type,
                                        std::string aggregate_id,
                                        any_command command,
                                        command_options options = {});

  /// The same for a typed command; one that `A` does not have does not compile.
  template <class A, class Command>
  requires has_command<A, Command>
  [[nodiscard]] result<receipt> execute(std::string aggregate_id,
                                        Command command,
                                        command_options options = {}) {
    return execute(A::aggregate_type, std::move(aggregate_id),
                   any_command::of(std::move(command)), std::move(options));
  }

  /// The committed state of an aggregate; waits, never call it from an actor.
  /// `errc::not_found` if it has no events.
  [[nodiscard]] result<current_state> state(std::string_view aggregate_type,
                                            std::string aggregate_id);

  /// Following events after they were stored.
  [[nodiscard]] es::actors::subscriptions& subscriptions() noexcept;

  /// Runs a process manager until this runtime stops; in one process at a time
  /// for each partition. Its type has to be among those given to `start`.
  [[nodiscard]] result<running_process> run(const process_type& what,
                                            process_options how = {});

  /// Publishes the outbox until this runtime stops: the events of all runtimes
  /// on this store, see `settings.outbox`. `make` is called for each partition.
  /// Once only. Fails with `errc::invalid` if a template of `settings.outbox`
  /// is wrong, and with what `make` fails with.
  [[nodiscard]] result<void> relay_outbox(const publisher_factory& make);

  /// Publishes to an actor, which acknowledges each event by its reply.
  [[nodiscard]] result<void> relay_outbox(publisher_handle to);

  /// What has become of it, for each partition; waits, never call it from an
  /// actor. Empty if nothing is relayed here.
  [[nodiscard]] std::vector<relay_status> relays();

  /// The store below, for reading.
  [[nodiscard]] store::event_store& store() const noexcept;

  /// Refuses new commands, finishes those that were accepted, stops all actors
  /// and, if it was started here, the private server. Waits at most
  /// `settings.runtime.stop_timeout`.
  stop_report stop();

  /// Like `stop`, without waiting: `done` runs once, on an actor's thread.
  void begin_stop(std::function<void(stop_report)> done);

  /// Ends everything at once and forgets what is in memory, as a crash of the
  /// process would; what is stored stays. Unanswered callers get an error.
  void kill();

private:
  struct impl;

  template <class Answer, class Question>
  void ask_router(std::string_view aggregate_type, Question question,
                  std::function<void(result<Answer>)> done);

  result<void> start_relays(const std::function<result<caf::actor>()>& make);

  explicit runtime(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace es::actors

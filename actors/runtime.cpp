#include "eventsource/actors/runtime.hpp"

#include "eventsource/actors/actor_publisher.hpp"
#include "eventsource/actors/aggregate_router.hpp"
#include "eventsource/actors/caller_actor.hpp"
#include "eventsource/actors/log.hpp"
#include "eventsource/actors/open_store.hpp"
#include "eventsource/actors/outbox_relay.hpp"
#include "eventsource/actors/persistence_actor.hpp"
#include "eventsource/actors/publishing_actor.hpp"
#include "eventsource/actors/recovery_actor.hpp"
#include "eventsource/actors/relay_worker.hpp"
#include "eventsource/actors/retention_actor.hpp"
#include "eventsource/actors/shutdown_actor.hpp"
#include "eventsource/actors/store_worker.hpp"

#include <future>
#include <map>

namespace es::actors {

namespace {

caf::actor spawn_worker(caf::actor_system& system, const ports& outside,
                        const std::shared_ptr<store::event_store>& store) {
  if (outside.spawn_worker)
    return outside.spawn_worker(system, store);
  return system.spawn<store_worker, caf::detached>(store);
}

/// An actor of the relay that may block.
template <class Worker, class... Args>
caf::actor spawn_blocking(caf::actor_system& system, bool detached,
                          Args&&... args) {
  if (detached)
    return system.spawn<Worker, caf::detached>(std::forward<Args>(args)...);
  return system.spawn<Worker>(std::forward<Args>(args)...);
}

timestamp system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
    std::chrono::system_clock::now());
}

} // namespace

struct runtime::impl {
  caf::actor_system& system;
  settings how;
  opened_store below;
  std::shared_ptr<environment> env;
  std::map<std::string, caf::actor, std::less<>> routers;
  caf::actor caller;
  std::unique_ptr<es::actors::subscriptions> subscribed;
  /// Null if command ids are kept for ever.
  caf::actor retention;
  bool detached_workers = true;
  std::vector<caf::actor> relays{};
  bool is_stopped = false;

  /// Actors that end without having anything to finish.
  [[nodiscard]] std::vector<caf::actor> servants() const {
    auto all = env->readers;
    all.push_back(env->recovery);
    all.push_back(caller);
    for (auto& each : subscribed->servants())
      all.push_back(std::move(each));
    if (retention)
      all.push_back(retention);
    return all;
  }

  void release() {
    env = nullptr;
    subscribed = nullptr;
    routers.clear();
    relays.clear();
    // The store's connections are closed before the server below them stops.
    below.store = nullptr;
    below.server = nullptr;
  }
};

// -- starting -----------------------------------------------------------------

result<runtime> runtime::start(caf::actor_system& system, settings how,
                               const type_registry& types) {
  if (auto ok = how.check(); !ok)
    return tl::unexpected(ok.error());
  auto opened = open_store(how);
  if (!opened)
    return tl::unexpected(opened.error());
  auto made = start(system, std::move(how), types, opened->store);
  if (made)
    made->impl_->below.server = std::move(opened->server);
  return made;
}

result<runtime> runtime::start(caf::actor_system& system, settings how,
                               const type_registry& types,
                               std::shared_ptr<store::event_store> store,
                               const ports& outside) {
  if (auto ok = how.check(); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = store->check(); !ok)
    return tl::unexpected(ok.error());
  set_log_level(how.log.level);
  log().info("starting with {} aggregate types, {} writers, {} readers",
             types.all().size(), how.persistence.writers, how.recovery.readers);
  auto env = std::make_shared<environment>();
  env->how = how;
  env->now = outside.now ? outside.now : system_now;
  const auto make_ids = [&outside] {
    return outside.ids
             ? outside.ids
             : std::make_shared<ksuid_generator>(ksuid_generator::system());
  };
  env->ids = make_ids();
  env->door = admission{how.commands.unanswered_max};
  std::vector<caf::actor> workers;
  for (std::size_t i = 0; i < how.persistence.writers; ++i)
    workers.push_back(spawn_worker(system, outside, store));
  auto shared = std::make_shared<idle_workers>(std::move(workers));
  for (std::size_t i = 0; i < how.persistence.writers; ++i) {
    env->writers.push_back(
      system.spawn<persistence_actor>(how.persistence, shared));
    env->event_ids.push_back(make_ids());
  }
  for (std::size_t i = 0; i < how.recovery.readers; ++i)
    env->readers.push_back(spawn_worker(system, outside, store));
  env->recovery = system.spawn<recovery_actor>(how.recovery, env->readers);
  std::map<std::string, caf::actor, std::less<>> routers;
  for (const auto* type : types.all())
    routers.emplace(type->name(), system.spawn<aggregate_router>(env, *type));
  auto caller = system.spawn<caller_actor>();
  auto subscribed = std::make_unique<es::actors::subscriptions>(
    system, how, store, env->ids, env->writers, env->readers.front(),
    [&system, outside, store] { return spawn_worker(system, outside, store); });
  caf::actor retention;
  if (how.commands.ids_kept_for.count() > 0)
    retention = system.spawn<retention_actor>(how.commands.ids_kept_for,
                                              env->readers.front());
  return runtime{std::unique_ptr<impl>(new impl{system,
                                                std::move(how),
                                                {nullptr, std::move(store)},
                                                std::move(env),
                                                std::move(routers),
                                                caller,
                                                std::move(subscribed),
                                                retention,
                                                !outside.spawn_worker})};
}

runtime::runtime(std::unique_ptr<impl> state) : impl_(std::move(state)) {
  // nop
}

runtime::runtime(runtime&&) noexcept = default;

runtime& runtime::operator=(runtime&& other) noexcept {
  if (this != &other) {
    if (impl_)
      stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

runtime::~runtime() {
  if (impl_)
    stop();
}

// -- using --------------------------------------------------------------------

result<caf::actor> runtime::find_router(std::string_view aggregate_type) const {
  auto i = impl_->routers.find(aggregate_type);
  if (i == impl_->routers.end())
    return fail(errc::not_found,
                "aggregate type \"" + std::string(aggregate_type)
                  + "\" is not registered with this runtime; pass it to "
                    "runtime::start");
  return i->second;
}

subscriptions& runtime::subscriptions() noexcept {
  return *impl_->subscribed;
}

store::event_store& runtime::store() const noexcept {
  return *impl_->below.store;
}

template <class Answer, class Question>
void runtime::ask_router(std::string_view aggregate_type, Question question,
                         std::function<void(result<Answer>)> done) {
  auto router = find_router(aggregate_type);
  if (!router) {
    done(tl::unexpected(router.error()));
    return;
  }
  auto counted = impl_->env->door.admit(impl_->system.clock().now());
  if (!counted) {
    done(tl::unexpected(impl_->env->door.refusal()));
    return;
  }
  question.counted = std::move(*counted);
  auto* caller = caf::actor_cast<caller_actor*>(impl_->caller);
  auto shared = std::make_shared<Question>(std::move(question));
  auto once = std::make_shared<completion<Answer>>(std::move(done));
  compat::tell_anonymously(
    impl_->caller, call_back{[caller, to = *router, shared, once] {
      compat::ask(caller, to, caf::infinite, std::move(*shared))
        .then([once](Answer& answer) { once->finish(std::move(answer)); },
              [caller, once](const caf::error& e) {
                once->finish(tl::unexpected(from_caf(caller->system(), e)));
              });
    }});
}

void runtime::submit(std::string_view aggregate_type, std::string aggregate_id,
                     any_command command, command_options options,
                     std::function<void(result<receipt>)> done) {
  ask_router<receipt>(aggregate_type,
                      submit_command{std::move(aggregate_id),
                                     std::move(command), std::move(options)},
                      std::move(done));
}

result<receipt> runtime::execute(std::string_view aggregate_type,
                                 std::string aggregate_id, any_command command,
                                 command_options options) {
  std::promise<result<receipt>> answer;
  submit(aggregate_type, std::move(aggregate_id), std::move(command),
         std::move(options), [&answer](result<receipt> outcome) {
           answer.set_value(std::move(outcome));
         });
  return answer.get_future().get();
}

result<current_state> runtime::state(std::string_view aggregate_type,
                                     std::string aggregate_id) {
  std::promise<result<current_state>> answer;
  ask_router<current_state>(aggregate_type,
                            query_state{std::move(aggregate_id)},
                            [&answer](result<current_state> outcome) {
                              answer.set_value(std::move(outcome));
                            });
  return answer.get_future().get();
}

// -- processes ----------------------------------------------------------------

result<running_process> runtime::run(const process_type& what,
                                     process_options how) {
  if (!impl_ || impl_->is_stopped)
    return fail(errc::unavailable, "the runtime was stopped; process \""
                                     + what.name() + "\" does not run");
  auto router_of = [routers = impl_->routers](std::string_view type) {
    const auto i = routers.find(type);
    return i == routers.end() ? caf::actor{} : i->second;
  };
  return run_process(impl_->system, *impl_->subscribed, impl_->how, what, how,
                     std::move(router_of), impl_->env->now);
}

// -- relaying -----------------------------------------------------------------

result<void>
runtime::start_relays(const std::function<result<caf::actor>()>& make) {
  const auto& how = impl_->how.outbox;
  if (impl_->is_stopped || !impl_->relays.empty())
    return fail(errc::invalid, "the runtime relays its outbox already, or has "
                               "stopped");
  auto writer = cloud_event_writer::make(
    {.source = how.source, .type = how.type, .dataschema = how.dataschema});
  if (!writer)
    return tl::unexpected(writer.error());
  const auto count = how.ordered ? how.partitions : 1;
  std::vector<caf::actor> publishers;
  for (std::size_t i = 0; i < count; ++i) {
    auto made = make();
    if (!made) {
      for (const auto& publisher : publishers)
        caf::anon_send_exit(publisher, caf::exit_reason::user_shutdown);
      return tl::unexpected(made.error());
    }
    publishers.push_back(std::move(*made));
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto owner = impl_->env->ids->next("rly_");
    const auto seed = std::hash<std::string>{}(owner);
    auto new_worker = [&] {
      return spawn_blocking<relay_worker>(
        impl_->system, impl_->detached_workers, impl_->below.store, *writer);
    };
    impl_->relays.push_back(impl_->system.spawn<outbox_relay>(
      outbox_relay::options{how, {i, count}, std::move(owner), seed},
      new_worker(), new_worker(), publishers[i]));
    for (const auto& persistence : impl_->env->writers)
      compat::tell_anonymously(persistence, watch_outbox{impl_->relays[i]});
  }
  return {};
}

result<void> runtime::relay_outbox(const publisher_factory& make) {
  return start_relays([&]() -> result<caf::actor> {
    auto to = make();
    if (!to)
      return tl::unexpected(to.error());
    return spawn_blocking<publishing_actor>(
      impl_->system, impl_->detached_workers, std::move(*to));
  });
}

result<void> runtime::relay_outbox(publisher_handle to) {
  const auto& how = impl_->how.outbox;
  return start_relays([&]() -> result<caf::actor> {
    return impl_->system.spawn<actor_publisher>(to, how.in_flight_max,
                                                how.publish_timeout);
  });
}

std::vector<relay_status> runtime::relays() {
  std::vector<relay_status> all;
  caf::scoped_actor self{impl_->system};
  for (const auto& relay : impl_->relays)
    compat::ask(self, relay, caf::infinite, get_relay_status{})
      .receive([&](relay_status& status) { all.push_back(std::move(status)); },
               [](const caf::error&) {
                 // It is gone, as the caller sees by the number.
               });
  return all;
}

// -- stopping -----------------------------------------------------------------

void runtime::begin_stop(std::function<void(stop_report)> done) {
  if (!impl_ || std::exchange(impl_->is_stopped, true)) {
    done({});
    return;
  }
  auto& env = *impl_->env;
  std::vector<shutdown_actor::floor> floors(3);
  for (const auto& part : impl_->subscribed->parts())
    floors[0].push_back({"subscription", part});
  for (const auto& [name, router] : impl_->routers)
    floors[0].push_back({"aggregates of type " + name, router});
  for (std::size_t i = 0; i < env.writers.size(); ++i)
    floors[1].push_back({"writer " + std::to_string(i + 1), env.writers[i]});
  for (std::size_t i = 0; i < impl_->relays.size(); ++i)
    floors[2].push_back(
      {"outbox relay " + std::to_string(i + 1), impl_->relays[i]});
  auto rest = impl_->servants();
  impl_->system.spawn<shutdown_actor>(
    std::move(floors), impl_->how.runtime.stop_timeout, env.door,
    [rest, done = std::move(done)](stop_report report) {
      for (const auto& actor : rest)
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
      done(std::move(report));
    });
}

stop_report runtime::stop() {
  if (!impl_ || impl_->is_stopped)
    return {};
  std::promise<stop_report> answer;
  begin_stop(
    [&answer](stop_report report) { answer.set_value(std::move(report)); });
  log().info("stopping");
  auto report = answer.get_future().get();
  for (const auto& part : report.late)
    log().error("{} did not stop within {} ms", part,
                impl_->how.runtime.stop_timeout.count());
  if (report.unanswered > 0)
    log().error("{} accepted commands were not answered; what "
                "became of them is in the store",
                report.unanswered);
  impl_->release();
  return report;
}

void runtime::kill() {
  if (!impl_ || std::exchange(impl_->is_stopped, true))
    return;
  auto end = [](const caf::actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  };
  for (const auto& [name, router] : impl_->routers)
    end(router);
  for (const auto& part : impl_->subscribed->parts())
    end(part);
  for (const auto& writer : impl_->env->writers)
    end(writer);
  for (const auto& relay : impl_->relays)
    end(relay);
  for (const auto& actor : impl_->servants())
    end(actor);
  impl_->release();
}

} // namespace es::actors

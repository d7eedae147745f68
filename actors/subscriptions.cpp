#include "eventsource/actors/subscriptions.hpp"

#include "eventsource/actors/callback_subscriber.hpp"
#include "eventsource/actors/hint_receiver.hpp"
#include "eventsource/actors/subscription_hub.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <utility>

namespace es::actors {

namespace {

/// Waits at the hub for a caller that is no actor. Ends when it has called
/// back, which it does exactly once.
class waiting_actor : public caf::event_based_actor {
public:
  waiting_actor(caf::actor_config& config, caf::actor hub, await_reached what,
                std::function<void(result<void>)> done)
    : caf::event_based_actor(config), hub_(std::move(hub)),
      what_(std::move(what)), done_(std::move(done)) {
    // nop
  }

  const char* name() const override {
    return "es.waiting";
  }

  caf::behavior make_behavior() override {
    compat::ask(this, hub_, caf::infinite, std::move(what_))
      .then(
        [this](const reached&) {
          finish({});
          quit();
        },
        [this](const caf::error& e) {
          finish(tl::unexpected(from_caf(system(), e)));
          quit();
        });
    return {
      [](const call_back& step) { step.run(); },
    };
  }

  void on_exit() override {
    finish(fail(errc::unavailable, "the runtime was stopped"));
    hub_ = nullptr;
  }

private:
  void finish(result<void> outcome) {
    if (auto done = std::exchange(done_, nullptr))
      done(std::move(outcome));
  }

  caf::actor hub_;
  await_reached what_;
  std::function<void(result<void>)> done_;
};

} // namespace

subscriptions::subscriptions(caf::actor_system& system, settings how,
                             std::shared_ptr<store::event_store> store,
                             std::shared_ptr<ksuid_generator> ids,
                             std::vector<caf::actor> writers, caf::actor reader,
                             worker_factory make_worker)
  : system_(system), how_(std::move(how)), store_(std::move(store)),
    ids_(std::move(ids)), writers_(std::move(writers)),
    reader_(std::move(reader)), make_worker_(std::move(make_worker)) {
  // Processes that subscribe want to know of this one's commits.
  if (how_.subscriptions.notify && store_->log().has_hints())
    hub();
}

// -- subscribing --------------------------------------------------------------

result<subscription> subscriptions::subscribe(subscription_options what,
                                              caf::actor subscriber) {
  const auto count = what.name.empty() ? 1 : what.partitions;
  if (auto fine = store::check_request(
        {.filter = what.filter, .part = {.index = 0, .count = count}});
      !fine)
    return tl::unexpected(fine.error());
  if (!what.name.empty())
    if (auto fine = store::check_key({.name = what.name}); !fine)
      return tl::unexpected(fine.error());
  const auto& listening = listening_hub();
  subscription result;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& worker = worker_for(what.name, i);
    result.parts.push_back(system_.spawn<subscription_actor>(
      how_.subscriptions,
      subscription_actor::plan{.name = what.name,
                               .part = {.index = i, .count = count},
                               .filter = what.filter,
                               .start = what.start,
                               .owner = next_owner(),
                               .stop_patience = stop_patience()},
      listening, worker, subscriber));
  }
  for (const auto& each : result.parts)
    remember(each);
  return result;
}

result<subscription> subscriptions::subscribe(subscription_options what,
                                              callback handle) {
  return subscribe_own(std::move(what),
                       system_.spawn<callback_subscriber>(std::move(handle)));
}

result<subscription> subscriptions::subscribe_own(subscription_options what,
                                                  caf::actor subscriber) {
  const std::shared_ptr<void> guard{
    nullptr, [subscriber](void*) {
      caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
    }};
  auto made = subscribe(std::move(what), subscriber);
  if (made)
    for (const auto& each : made->parts)
      each->attach_functor([guard] {
        // Holds the subscriber's end.
      });
  return made;
}

result<subscription>
subscriptions::project(std::shared_ptr<const async_projection> what,
                       projection_options how) {
  if (auto fine = store::check_key(
        {.name = what->name(), .part = {.index = 0, .count = how.partitions}});
      !fine)
    return tl::unexpected(fine.error());
  const auto& listening = listening_hub();
  subscription result;
  for (std::uint32_t i = 0; i < how.partitions; ++i) {
    const auto& worker = worker_for(what->name(), i);
    result.parts.push_back(system_.spawn<projection_actor>(
      how_.subscriptions,
      projection_actor::plan{.what = what,
                             .part = {.index = i, .count = how.partitions},
                             .policy = how.policy,
                             .owner = next_owner()},
      listening, worker));
    remember(result.parts.back());
  }
  return result;
}

// -- waiting ------------------------------------------------------------------

void subscriptions::wait_for(std::string name, const receipt& stored,
                             std::chrono::milliseconds timeout,
                             std::function<void(result<void>)> done) {
  system_.spawn<waiting_actor>(hub(),
                               await_reached{std::move(name),
                                             stored.aggregate_id,
                                             stored.version, timeout},
                               std::move(done));
}

result<void> subscriptions::wait_for(std::string name, const receipt& stored,
                                     std::chrono::milliseconds timeout) {
  std::promise<result<void>> answer;
  wait_for(std::move(name), stored, timeout, [&answer](result<void> outcome) {
    answer.set_value(std::move(outcome));
  });
  return answer.get_future().get();
}

// -- parts --------------------------------------------------------------------

caf::actor subscriptions::add_part(
  std::string_view name,
  const std::function<caf::actor(const caf::actor&, std::string)>& make) {
  auto made = make(worker_for(name, 0), next_owner());
  remember(made);
  return made;
}

std::vector<caf::actor> subscriptions::parts() const {
  return live_->all();
}

std::vector<caf::actor> subscriptions::servants() const {
  auto all = workers_;
  for (const auto& each : {listener_, hub_})
    if (each)
      all.push_back(each);
  return all;
}

const caf::actor& subscriptions::hub() {
  if (hub_)
    return hub_;
  const bool sends = how_.subscriptions.notify && store_->log().has_hints();
  auto bell = std::make_shared<commit_bell>();
  hub_ =
    system_.spawn<subscription_hub>(how_.subscriptions, sends, reader_, bell);
  for (const auto& writer : writers_)
    compat::tell_anonymously(writer, watch_commits{hub_, bell});
  return hub_;
}

const caf::actor& subscriptions::listening_hub() {
  hub();
  if (how_.subscriptions.notify && store_->log().has_hints() && !listener_)
    listener_ = system_.spawn<hint_receiver, caf::detached>(
      store_, hub_, how_.subscriptions.retry_delay_max);
  return hub_;
}

std::chrono::milliseconds subscriptions::stop_patience() const {
  return std::min(how_.subscriptions.lease_duration / 3,
                  how_.runtime.stop_timeout / 2);
}

std::string subscriptions::next_owner() {
  if (owner_.empty())
    owner_ = ids_->next("run_");
  return owner_ + "." + std::to_string(++started_);
}

const caf::actor& subscriptions::worker_for(std::string_view name,
                                            std::uint32_t part) {
  const auto place =
    (std::hash<std::string_view>{}(name) + part) % how_.subscriptions.workers;
  while (workers_.size() <= place)
    workers_.push_back(make_worker_());
  return workers_[place];
}

void subscriptions::remember(const caf::actor& part) {
  live_->add(part);
  part->attach_functor([live = live_, id = part.id()] { live->remove(id); });
}

} // namespace es::actors

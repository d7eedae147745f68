#include "eventsource/bench/runtime_side.hpp"

#include "eventsource/bench/random_order.hpp"
#include "eventsource/bench/scenario.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>

namespace es_bench {

namespace {

constexpr auto subscription_name = "bench";
constexpr std::chrono::minutes patience{2};
constexpr std::size_t in_flight_of_one = 100;
constexpr std::size_t callers_at_pace = 10;
constexpr std::size_t in_flight_of_registrations = 1'000;

es::actors::settings settings_for(const std::string& dsn,
                                  const runtime_side::change_settings& change) {
  es::actors::init_types<caf::id_block::es_bench>();
  es::actors::settings how;
  how.store.dsn = dsn;
  if (change)
    change(how);
  return how;
}

/// Takes every event for published.
class silent_publisher : public es::actors::publisher {
public:
  std::vector<es::result<void>>
  publish(std::span<const es::actors::outgoing_event> events) override {
    return std::vector<es::result<void>>(events.size());
  }
};

} // namespace

struct runtime_side::parts {
  parts(const std::string& dsn, const change_settings& change)
    : how(settings_for(dsn, change)) {
    es::type_registry types;
    if (auto ok = types.add(es::type_of<es::reference::organization>()); !ok)
      give_up(to_string(ok.error()));
    auto started = es::actors::runtime::start(system, how, types);
    if (!started)
      give_up(to_string(started.error()));
    runtime.emplace(std::move(*started));
  }

  void relay_to_nowhere() {
    auto relayed = runtime->relay_outbox([] {
      return es::result<std::unique_ptr<es::actors::publisher>>{
        std::make_unique<silent_publisher>()};
    });
    if (!relayed)
      give_up(to_string(relayed.error()));
  }

  std::uint64_t published() {
    std::uint64_t all = 0;
    for (const auto& relay : runtime->relays())
      all += relay.published;
    return all;
  }

  void wait_for_outbox() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      auto waiting = runtime->store().outbox().measure_outbox();
      if (!waiting)
        give_up(to_string(waiting.error()));
      if (waiting->pending == 0)
        return;
      if (std::chrono::steady_clock::now() > deadline)
        give_up("the relay did not get to the end");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  es::actors::settings how;
  es::actors::system_config<caf::id_block::es_bench> config{how};
  caf::actor_system system{config};
  /// Events that the subscription was given.
  std::atomic<std::uint64_t> handled{0};
  std::optional<es::actors::runtime> runtime;
  population all;
};

runtime_side::runtime_side(const std::string& dsn,
                           const change_settings& change)
  : parts_(std::make_unique<parts>(dsn, change)) {
  // nop
}

runtime_side::~runtime_side() = default;

void runtime_side::prepare(std::size_t aggregates) {
  make_ids(aggregates);
  register_all();
  put_in_random_order(parts_->all.ids);
}

void runtime_side::make_ids(std::size_t aggregates) {
  auto ids = es::ksuid_generator::system();
  parts_->all.ids.clear();
  parts_->all.ids.reserve(aggregates);
  for (std::size_t i = 0; i < aggregates; ++i)
    parts_->all.ids.push_back(ids.next("org_"));
}

void runtime_side::register_all() {
  play({.ids = parts_->all.ids,
        .what = request_kind::registration,
        .in_flight = in_flight_of_registrations,
        .count = parts_->all.ids.size()},
       "registering");
}

void runtime_side::adopt(population organizations) {
  parts_->all = std::move(organizations);
}

const population& runtime_side::organizations() const {
  return parts_->all;
}

load_result runtime_side::ask_states(std::size_t in_flight) {
  return play({.ids = parts_->all.ids,
               .what = request_kind::state,
               .in_flight = in_flight,
               .count = parts_->all.ids.size()},
              "asking for states");
}

void runtime_side::change_each(std::size_t times, std::size_t in_flight) {
  play({.ids = parts_->all.ids,
        .in_flight = in_flight,
        .count = times * parts_->all.ids.size()},
       "changing each");
}

load_result runtime_side::run(std::chrono::duration<double> time,
                              std::size_t in_flight, request_kind what) {
  return play({.ids = parts_->all.ids,
               .what = what,
               .in_flight = in_flight,
               .time = time},
              "under load");
}

load_result runtime_side::run_at_pace(std::chrono::duration<double> time,
                                      double commands_per_second) {
  return play({.ids = parts_->all.ids,
               .in_flight = callers_at_pace * in_flight_of_one,
               .time = time,
               .pace = commands_per_second},
              "at a pace");
}

es::actors::runtime& runtime_side::runtime() noexcept {
  return *parts_->runtime;
}

double runtime_side::relay_all(std::size_t events) {
  const auto begin = std::chrono::steady_clock::now();
  parts_->relay_to_nowhere();
  // Asks the actor, not the server, as long as there is much to do.
  while (parts_->published() < events)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  parts_->wait_for_outbox();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return took.count();
}

void runtime_side::publish_and_subscribe() {
  auto& runtime = *parts_->runtime;
  parts_->relay_to_nowhere();
  auto subscribed = runtime.subscriptions().subscribe(
    {.name = subscription_name,
     .start = {.what = es::actors::subscription_start::kind::end}},
    [handled = &parts_->handled](
      std::span<const es::store::logged_event> events) -> es::result<void> {
      *handled += events.size();
      return {};
    });
  if (!subscribed)
    give_up(to_string(subscribed.error()));
}

runtime_side::readers_seen runtime_side::wait_until_all_is_read() {
  auto& runtime = *parts_->runtime;
  auto last = runtime.execute<es::reference::organization>(
    parts_->all.ids.at(0),
    es::reference::change_registration_number{
      "MA-L " + std::to_string(++parts_->all.next_number)});
  if (!last)
    give_up(to_string(last.error()));
  auto read =
    runtime.subscriptions().wait_for(subscription_name, *last, patience);
  if (!read)
    give_up(to_string(read.error()));
  parts_->wait_for_outbox();
  return {.published = parts_->published(), .handled = parts_->handled};
}

es::reference::organization runtime_side::first_state() {
  using es::reference::organization;
  auto state =
    parts_->runtime->state(organization::aggregate_type, parts_->all.ids.at(0));
  if (!state)
    give_up(to_string(state.error()));
  auto decoded = state->as<organization>();
  if (!decoded)
    give_up(to_string(decoded.error()));
  return **decoded;
}

load_result runtime_side::play(load_actor::plan what, const char* doing) {
  auto handle = parts_->runtime->handle<es::reference::organization>();
  if (!handle)
    give_up(to_string(handle.error()));
  const auto ids = std::move(what.ids);
  auto callers = std::max<std::size_t>(1, what.in_flight / in_flight_of_one);
  // A caller that counts asks each of its aggregates as often as the others.
  if (what.count)
    callers = std::min(callers, ids.size());
  what.ids.clear();
  what.first_number = parts_->all.next_number;
  what.number_step = callers;
  std::vector<load_actor::plan> plans(callers, what);
  for (std::size_t i = 0; i < callers; ++i) {
    auto& plan = plans[i];
    plan.in_flight = what.in_flight / callers;
    plan.first_number += i;
    if (what.pace)
      plan.pace = *what.pace / static_cast<double>(callers);
    // Each has its own aggregates, unless there are too few.
    if (ids.size() < callers) {
      plan.ids = ids;
      continue;
    }
    for (auto k = i; k < ids.size(); k += callers)
      plan.ids.push_back(ids[k]);
    if (what.count)
      plan.count = *what.count / ids.size() * plan.ids.size();
  }
  std::vector<std::promise<load_result>> answers(callers);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < callers; ++i)
    parts_->system.spawn<load_actor>(*handle, std::move(plans[i]),
                                     [&answer = answers[i]](load_result done) {
                                       answer.set_value(std::move(done));
                                     });
  load_result sum;
  for (auto& answer : answers) {
    auto one = answer.get_future().get();
    sum.answers += one.answers;
    sum.errors += one.errors;
    sum.latencies_ms.insert(sum.latencies_ms.end(), one.latencies_ms.begin(),
                            one.latencies_ms.end());
    if (sum.complaint.empty())
      sum.complaint = one.complaint;
  }
  // Of all callers together: each alone would leave out that they began and
  // ended at different times.
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  sum.seconds = took.count();
  if (sum.errors > 0)
    give_up(std::string(doing) + ": " + sum.complaint);
  // Callers send at different speeds: leave room above the fastest.
  parts_->all.next_number += 2 * sum.answers;
  return sum;
}

} // namespace es_bench

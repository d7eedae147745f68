#include "eventsource/bench/runtime_side.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>

namespace es_bench {

namespace {

constexpr std::size_t in_flight_of_one = 100;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "es_bench: %s\n", why.c_str());
  std::exit(3);
}

es::actors::settings settings_for(const std::string& dsn) {
  es::actors::init_types<caf::id_block::es_bench>();
  es::actors::settings how;
  how.store.dsn = dsn;
  return how;
}

} // namespace

struct runtime_side::parts {
  explicit parts(const std::string& dsn) : how(settings_for(dsn)) {
    es::type_registry types;
    if (auto ok = types.add(es::type_of<es::reference::organization>()); !ok)
      give_up(to_string(ok.error()));
    auto started = es::actors::runtime::start(system, how, types);
    if (!started)
      give_up(to_string(started.error()));
    runtime.emplace(std::move(*started));
  }

  es::actors::settings how;
  es::actors::system_config<caf::id_block::es_bench> config{how};
  caf::actor_system system{config};
  std::optional<es::actors::runtime> runtime;
  std::vector<std::string> ids;
  std::size_t next_number = 1'000'000;
};

runtime_side::runtime_side(const std::string& dsn)
  : parts_(std::make_unique<parts>(dsn)) {
  // nop
}

runtime_side::~runtime_side() = default;

void runtime_side::prepare(std::size_t aggregates) {
  auto ids = es::ksuid_generator::system();
  for (std::size_t i = 0; i < aggregates; ++i)
    parts_->ids.push_back(ids.next("org_"));
  auto done =
    play({.ids = parts_->ids, .in_flight = 1'000, .register_all = true});
  if (done.receipts != aggregates)
    give_up("preparing: " + done.complaint);
}

load_result runtime_side::run(std::chrono::duration<double> time,
                              std::size_t in_flight) {
  auto done = play({.ids = parts_->ids,
                    .in_flight = in_flight,
                    .time = time,
                    .first_number = parts_->next_number});
  parts_->next_number += 2 * done.receipts;
  if (done.errors > 0)
    give_up("under load: " + done.complaint);
  return done;
}

load_result runtime_side::play(const load_actor::plan& what) {
  auto handle = parts_->runtime->handle<es::reference::organization>();
  if (!handle)
    give_up(to_string(handle.error()));
  auto callers = std::max<std::size_t>(1, what.in_flight / in_flight_of_one);
  std::vector<load_actor::plan> plans(callers, what);
  for (std::size_t i = 0; i < callers; ++i) {
    plans[i].in_flight = what.in_flight / callers;
    plans[i].first_number += i;
    plans[i].number_step = callers;
    // Each has its own aggregates, unless there are too few.
    if (what.ids.size() < callers)
      continue;
    plans[i].ids.clear();
    for (auto k = i; k < what.ids.size(); k += callers)
      plans[i].ids.push_back(what.ids[k]);
  }
  std::vector<std::promise<load_result>> answers(callers);
  for (std::size_t i = 0; i < callers; ++i)
    parts_->system.spawn<load_actor>(*handle, std::move(plans[i]),
                                     [&answer = answers[i]](load_result done) {
                                       answer.set_value(std::move(done));
                                     });
  load_result sum;
  for (auto& answer : answers) {
    auto one = answer.get_future().get();
    sum.receipts += one.receipts;
    sum.errors += one.errors;
    sum.seconds = std::max(sum.seconds, one.seconds);
    sum.latencies_ms.insert(sum.latencies_ms.end(), one.latencies_ms.begin(),
                            one.latencies_ms.end());
    if (sum.complaint.empty())
      sum.complaint = one.complaint;
  }
  return sum;
}

} // namespace es_bench

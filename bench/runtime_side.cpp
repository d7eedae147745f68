#include "eventsource/bench/runtime_side.hpp"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>

namespace es_bench {

namespace {

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
  auto done = play({parts_->ids, 1000, {}, 0, true});
  if (done.receipts != aggregates)
    give_up("preparing: " + done.complaint);
}

load_result runtime_side::run(std::chrono::duration<double> time,
                              std::size_t in_flight) {
  auto done = play({parts_->ids, in_flight, time, parts_->next_number, false});
  parts_->next_number += done.receipts;
  if (done.errors > 0)
    give_up("under load: " + done.complaint);
  return done;
}

load_result runtime_side::play(load_actor::plan what) {
  auto handle = parts_->runtime->handle<es::reference::organization>();
  if (!handle)
    give_up(to_string(handle.error()));
  std::promise<load_result> answer;
  parts_->system.spawn<load_actor>(
    *handle, std::move(what),
    [&answer](load_result done) { answer.set_value(std::move(done)); });
  return answer.get_future().get();
}

} // namespace es_bench

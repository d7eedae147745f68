// What a user's first program needs of the installed package: an aggregate that
// decides and applies without an actor system, then settings, messages and the
// memory store in a runtime.
#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/store/memory/memory_store.hpp"

#include "counter.hpp"

#include <iostream>

namespace {

int complain(const std::string& what) {
  std::cerr << what << "\n";
  return 1;
}

} // namespace

int main() {
  using counting::count_up;
  using counting::counter;
  const auto& type = es::type_of<counter>();
  auto made = type.decide(type.initial(), es::any_command::of(count_up{2}),
                          {"cnt_1", 0, {}, {}});
  if (!made)
    return complain(to_string(made.error()));
  auto next = std::static_pointer_cast<const counter>(made->next);
  if (next->sum != 2)
    return complain("the event was not applied");

  es::actors::init_types<>();
  es::actors::settings how;
  es::actors::system_config<> config{how};
  caf::actor_system system{config};
  es::type_registry types;
  if (auto ok = types.add(type); !ok)
    return complain(to_string(ok.error()));
  auto runtime = es::actors::runtime::start(
    system, how, types, std::make_shared<es::store::memory_store>());
  if (!runtime)
    return complain(to_string(runtime.error()));
  auto id = es::ksuid_generator::system().next(counter::id_prefix);
  auto done = runtime->execute<counter>(id, count_up{3});
  if (!done)
    return complain(to_string(done.error()));
  if (done->version != 1)
    return complain("one event, but not version 1");
  return runtime->stop().clean() ? 0 : complain("did not stop cleanly");
}

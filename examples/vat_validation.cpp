// A process manager at work: VAT numbers are validated by a registry that
// answers as registries do.
#include "eventsource/examples/vat_validation.hpp"

#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/examples/fake_registry.hpp"

#include <iostream>
#include <thread>

namespace {

using es::reference::register_organization;

/// What the registry does with a number: at once, late, twice, wrong.
vat::fake_registry::manner manner_of(const std::string& number) {
  using std::chrono::milliseconds;
  switch (number.back()) {
    case '1':
      return {.after = milliseconds(300)};
    case '2':
      return {.answers = 2};
    case '3':
      return {.is_valid = false};
    default:
      return {};
  }
}

// --(run-begin)--
es::result<void> validate(caf::actor_system& system,
                          es::actors::runtime& runtime) {
  // Who asks the registry, and who waits for its answer.
  auto inquiries = runtime.find_router(vat::inquiry::aggregate_type);
  if (!inquiries)
    return tl::unexpected(inquiries.error());
  auto registry = runtime.subscriptions().subscribe_own(
    {.name = "registry", .filter = {.event_types = {"registry_asked"}}},
    system.spawn<vat::fake_registry>(*inquiries, manner_of));
  if (!registry)
    return tl::unexpected(registry.error());
  auto process = runtime.run(es::process_of<vat::validation>());
  if (!process)
    return tl::unexpected(process.error());
  return {};
}
// --(run-end)--

int fail_with(const es::error& why) {
  std::cerr << to_string(why) << "\n";
  return 1;
}

} // namespace

int main() {
  es::actors::init_types<>();
  es::actors::settings how;
  es::actors::system_config<> config{how};
  caf::actor_system system{config};
  es::type_registry types;
  for (const auto* type :
       {&es::type_of<vat::organization>(), &es::type_of<vat::inquiry>(),
        static_cast<const es::aggregate_type*>(
          &es::process_of<vat::validation>())})
    if (auto ok = types.add(*type); !ok)
      return fail_with(ok.error());
  auto runtime = es::actors::runtime::start(system, how, types);
  if (!runtime)
    return fail_with(runtime.error());
  if (auto ok = validate(system, *runtime); !ok)
    return fail_with(ok.error());
  auto ids = es::ksuid_generator::system();
  for (const std::string number :
       {"FR100000001", "FR100000002", "FR100000003"}) {
    const auto id = ids.next(vat::organization::id_prefix);
    auto done = runtime->execute<vat::organization>(
      id, register_organization{"Ada & Co", "R-1", "FR"});
    if (done)
      done = runtime->execute<vat::organization>(id, vat::set_vat{number});
    if (!done)
      return fail_with(done.error());
    const auto instance =
      es::process_of<vat::validation>().instance_of(id).value();
    // The process works by itself; we look how it is getting on.
    nlohmann::json state;
    for (int i = 0; i < 100; ++i) {
      auto now = runtime->state(vat::validation::process_type, instance);
      if (now) {
        state = nlohmann::json::parse(now->json().value());
        if (!state["state"]["outcome"].get<std::string>().empty())
          break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::cout << number << ": " << state["state"]["outcome"].get<std::string>()
              << "\n";
  }
}

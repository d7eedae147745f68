// A message of another node: its first byte says which, the rest is what CAF's
// own reader gets.

#include "eventsource/actors/relay_messages.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"
#include "eventsource/tests/kit/wire_form.hpp"

using namespace es;
using namespace es::actors;

namespace {

/// Never destroyed: at the end of the program what it needs may be gone.
caf::actor_system& some_system() {
  static auto& config = *new testing::test_config<caf::id_block::bank>;
  static auto& system = *new caf::actor_system{config};
  return system;
}

/// What was read is written, and read again, as the same bytes.
template <class T>
std::optional<T> read(std::string_view bytes) {
  auto& system = some_system();
  T value;
  if (!testing::from_wire(system, bytes, value))
    return std::nullopt;
  const auto written = testing::to_wire(system, value);
  T again;
  ES_LAW(testing::from_wire(system, written, again));
  ES_LAW(testing::to_wire(system, again) == written);
  return value;
}

void decide_on(const submit_command& message) {
  const auto& type = type_of<bank::account>();
  const metadata none;
  auto made = type.decide(type.initial(), message.command,
                          {message.aggregate_id, 0, timestamp{}, none});
  if (!made)
    ES_LAW(!made.error().message.empty());
}

} // namespace

ES_FUZZ_TARGET(bytes) {
  fuzz::input in{bytes};
  switch (in.take_byte() % 7) {
    case 0:
      if (auto message = read<submit_command>(in.rest()))
        decide_on(*message);
      break;
    case 1:
      if (auto state = read<current_state>(in.rest()))
        static_cast<void>(state->as<bank::account>());
      break;
    case 2:
      read<command_options>(in.rest());
      break;
    case 3:
      read<receipt>(in.rest());
      break;
    case 4:
      read<query_state>(in.rest());
      break;
    case 5:
      read<publish_event>(in.rest());
      break;
    default:
      read<get_state>(in.rest());
  }
}

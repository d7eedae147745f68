// A line with a command's type, the rest is its JSON: what
// `esctl send` and other nodes send.

#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

using namespace es;

namespace {

constexpr timestamp now{std::chrono::seconds(1'700'000'000)};

std::vector<recorded_event> recorded(const aggregate_type& type,
                                     const decided& made, version_t version) {
  std::vector<recorded_event> events;
  for (const auto& event : made.events) {
    recorded_event row;
    row.type = event.type;
    row.schema_version = event.schema_version;
    row.occurred_at = now;
    row.aggregate_id = "an_id";
    row.aggregate_type = type.name();
    row.version = ++version;
    row.data = event.data;
    row.metadata = "{}";
    events.push_back(std::move(row));
  }
  return events;
}

/// Gives the state after the command. What was decided must replay to the same.
versioned_state check_command(const aggregate_type& type,
                              const versioned_state& before,
                              const any_command& command) {
  const metadata none;
  auto made =
    type.decide(before.state, command, {"an_id", before.version, now, none});
  if (!made || made->events.empty())
    return before;
  auto replayed = type.replay(before, recorded(type, *made, before.version));
  ES_LAW(replayed);
  auto live = type.encode_state(made->next);
  ES_LAW(live && live == type.encode_state(replayed->state));
  ES_LAW(type.project(made->next, {"an_id", replayed->version, now, none}));
  return *replayed;
}

} // namespace

ES_FUZZ_TARGET(text) {
  fuzz::input in{text};
  const std::string name{in.take_line()};
  auto content = decode_json(in.rest(), "the command");
  if (!content)
    return;
  const auto command = any_command::from_json(name, *content);
  ES_LAW(command.to_json() == *content);
  for (const auto* type :
       {&type_of<shop::cart>(), &type_of<reference::organization>()}) {
    versioned_state state{type->initial(), 0};
    state = check_command(*type, state, command);
    state = check_command(
      *type, state,
      any_command::of(reference::register_organization{"ACME", "1", "BE"}));
    state = check_command(*type, state, any_command::of(shop::open_cart{}));
    check_command(*type, state, command);
  }
}

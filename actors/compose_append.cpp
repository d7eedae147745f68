#include "eventsource/actors/compose_append.hpp"

#include "eventsource/actors/log.hpp"

namespace es::actors {

namespace {

/// "... has 2000 bytes, commands.payload_bytes_max is 1024".
std::string too_large(const std::string& what, std::size_t bytes,
                      std::size_t bytes_max) {
  return what + " has " + std::to_string(bytes)
         + " bytes, commands.payload_bytes_max is " + std::to_string(bytes_max);
}

result<void> take_events(const environment& env, const std::string& id,
                         std::vector<decided_event>& made,
                         store::append_request& into) {
  auto bytes_max = env.how.commands.payload_bytes_max;
  auto& ids = env.event_ids_of(id);
  into.events.reserve(made.size());
  for (auto& event : made) {
    if (event.data.size() > bytes_max)
      return fail(errc::invalid, too_large("event " + event.type + " of " + id,
                                           event.data.size(), bytes_max));
    into.events.push_back({ids.next(event_id_prefix), std::move(event.type),
                           event.schema_version, std::move(event.data),
                           event.publish});
  }
  return {};
}

/// Snapshots are taken where an append passes a multiple of the interval, so
/// that they lie at the same versions however often the aggregate was recovered
/// in between. What has none for longer, because the interval or the state's
/// version was changed, does not wait for the next multiple.
bool takes_snapshot(version_t every, const decided_command& command,
                    version_t snapshot_version, version_t version) {
  if (every == 0)
    return false;
  return version / every > command.version / every
         || version - snapshot_version >= 2 * every;
}

result<void> take_metadata(const environment& env,
                           const decided_command& command,
                           store::append_request& into) {
  if (command.about.empty())
    return {};
  auto what = [&] {
    return "the metadata of a command for " + command.aggregate_id;
  };
  auto text = encode_json(command.about.json());
  if (!text)
    return fail(text.error().code, what() + ": " + text.error().message);
  auto bytes_max = env.how.commands.payload_bytes_max;
  if (text->size() > bytes_max)
    return fail(errc::invalid, too_large(what(), text->size(), bytes_max));
  into.metadata = std::move(*text);
  return {};
}

result<void> take_snapshot(const environment& env,
                           const decided_command& command,
                           version_t& snapshot_version, const any_state& next,
                           store::append_request& into) {
  const auto& type = command.type;
  auto text = type.encode_state(next);
  if (!text)
    return tl::unexpected(text.error());
  auto bytes_max = env.how.commands.payload_bytes_max;
  if (text->size() <= bytes_max) {
    into.snapshot = store::new_snapshot{type.state_version(), std::move(*text),
                                        env.how.aggregates.snapshots_kept};
    return {};
  }
  snapshot_version = into.last_version();
  log().warn("{}: it is left out, and recovery reads more events; raise the "
             "setting, or make the state of {} smaller",
             too_large("the snapshot of " + command.aggregate_id
                         + " at version " + std::to_string(into.last_version()),
                       text->size(), bytes_max),
             type.name());
  return {};
}

/// The parts that follow from the state after the last event.
result<void> add_derived(const environment& env, const decided_command& command,
                         version_t& snapshot_version, const any_state& next,
                         store::append_request& into) {
  const auto& type = command.type;
  const auto version = into.last_version();
  event_context last{command.aggregate_id, version, command.now, command.about};
  auto change = type.project(next, last);
  if (!change)
    return tl::unexpected(change.error());
  if (change->what != row_change::kind::none)
    into.projection =
      projection_change{type.projection(), version, std::move(*change)};
  auto statements = type.statements(next, last);
  if (!statements)
    return tl::unexpected(statements.error());
  into.statements = std::move(*statements);
  auto every =
    type.snapshot_every().value_or(env.how.aggregates.snapshot_every);
  if (!takes_snapshot(every, command, snapshot_version, version))
    return {};
  return take_snapshot(env, command, snapshot_version, next, into);
}

} // namespace

result<void> compose_append(const environment& env,
                            const decided_command& command,
                            version_t& snapshot_version, decided& made,
                            store::append_request& into) {
  into.aggregate_id = command.aggregate_id;
  into.aggregate_type = command.type.name();
  into.expected_version = command.version;
  into.occurred_at = command.now;
  into.command_id = command.options.command_id;
  if (auto ok = take_metadata(env, command, into); !ok)
    return ok;
  if (auto ok = take_events(env, command.aggregate_id, made.events, into); !ok)
    return ok;
  if (into.events.empty())
    return {};
  return add_derived(env, command, snapshot_version, made.next, into);
}

} // namespace es::actors

#include "eventsource/testing/laws/sequence.hpp"

#include "eventsource/testing/line_diff.hpp"

#include <span>
#include <vector>

namespace es::testing::detail {

namespace {

std::string shown(const result<decided>& made) {
  if (!made)
    return to_string(made.error()) + "\n";
  std::vector<event_form> forms;
  for (const auto& event : made->events)
    forms.push_back({event.type, event.schema_version, event.data});
  return forms.empty() ? "no events\n" : pretty(forms);
}

std::string shown(const row_change& change) {
  using kind = row_change::kind;
  std::string text = change.what == kind::none     ? "no row change"
                     : change.what == kind::upsert ? "upsert"
                                                   : "remove";
  for (const auto& cell : change.cells)
    text += "\n" + cell.text().value_or("(null)");
  return text + "\n";
}

} // namespace

sequence::sequence(const law_check& what, law_report& seen)
  : what_(what), type_(*what.type), seen_(seen),
    history_(*what.type), recovered_{what.type->initial(), 0} {
  // nop
}

std::optional<broken_law> sequence::step(const sequence_step& next) {
  history_.now += next.pause;
  ++seen_.commands;
  if (auto broken = check_command(next.command))
    return broken;
  const auto first = decide(state(), next.command);
  if (!first && first.error().code != errc::rejected)
    return broken_law{"a command can't be decided",
                      to_string(next.command) + "\n"
                        + to_string(first.error())};
  if (auto broken = check_decision(next.command, first))
    return broken;
  if (!first) {
    ++seen_.rejected;
    return std::nullopt;
  }
  ++seen_.accepted;
  for (const auto& event : first->events)
    ++seen_.events[event.type];
  if (auto broken = check_events(*first))
    return broken;
  if (auto made = history_.decide(next.command); !made)
    return broken_law{"deciding the same command again fails",
                      to_string(made.error())};
  if (auto broken = check_replay())
    return broken;
  return check_state();
}

// -- commands and events ------------------------------------------------------

std::optional<broken_law>
sequence::check_command(const any_command& command) const {
  const std::string law = "a command does not read back from its JSON as it "
                          "was (- sent, + read back)";
  auto text = encode_json(command.to_json());
  if (!text)
    return broken_law{"a command can't be written as JSON",
                      command.type() + ": " + text.error().message};
  auto again = what_.commands.find(command.type())->second(*text);
  if (!again)
    return broken_law{law, command.type() + " " + *text + "\n"
                             + again.error().message};
  if (*again != *text)
    return broken_law{law,
                      command.type() + "\n"
                        + line_diff(pretty_json(*text), pretty_json(*again))};
  return std::nullopt;
}

std::optional<broken_law>
sequence::check_decision(const any_command& command,
                         const result<decided>& first) const {
  const auto wanted = shown(first);
  auto compare_with = [&](const result<decided>& other,
                          std::string law) -> verdict {
    const auto got = shown(other);
    if (got == wanted)
      return std::nullopt;
    return broken_law{std::move(law), line_diff(wanted, got)};
  };
  if (auto broken = compare_with(decide(state(), command),
                                 "the same command on the same state is "
                                 "decided in two ways (- first, + second)"))
    return broken;
  auto from_wire = any_command::from_json(command.type(), command.to_json());
  if (auto broken = compare_with(decide(state(), from_wire),
                                 "a command that came as JSON is decided in "
                                 "another way (- typed, + from JSON)"))
    return broken;
  return compare_with(decide(recovered_.state, command),
                      "an aggregate that was recovered from a snapshot decides "
                      "in another way (- live, + recovered)");
}

std::optional<broken_law> sequence::check_events(const decided& made) const {
  const std::string law = "an event does not read back from its JSON as it was "
                          "(- stored, + read back)";
  for (const auto& event : made.events) {
    auto again = what_.events.find(event.type)->second(event.data);
    if (!again)
      return broken_law{law, event.type + " " + event.data + "\n"
                               + again.error().message};
    if (*again != event.data)
      return broken_law{
        law, event.type + "\n"
               + line_diff(pretty_json(event.data), pretty_json(*again))};
  }
  return std::nullopt;
}

// -- states -------------------------------------------------------------------

std::optional<broken_law> sequence::check_replay() const {
  auto replayed = history_.replay({type_.initial(), 0});
  if (!replayed)
    return broken_law{"the decided events can't be replayed",
                      replayed.error().message};
  if (auto broken = compare(state(), replayed->state,
                            "replaying the events gives another state than "
                            "deciding them (- live, + replayed)"))
    return broken;
  return check_row(replayed->state);
}

std::optional<broken_law> sequence::check_row(const any_state& replayed) const {
  if (history_.events().empty())
    return std::nullopt;
  const event_context last{history_.aggregate_id, history_.state().version,
                           history_.now, history_.metadata};
  auto live = type_.project(state(), last);
  auto other = type_.project(replayed, last);
  for (const auto* each : {&live, &other})
    if (!*each)
      return broken_law{"`project` fails", each->error().message};
  if (live->what == other->what && live->cells == other->cells)
    return std::nullopt;
  return broken_law{"the replayed state gives another row than the live one "
                    "(- live, + replayed)",
                    line_diff(shown(*live), shown(*other))};
}

std::optional<broken_law> sequence::check_state() {
  auto read_back = through_json(state());
  if (!read_back)
    return broken_law{"a state can't be written as JSON and read back",
                      read_back.error().message};
  if (auto broken = compare(state(), *read_back,
                            "a state does not read back from its JSON as it "
                            "was (- live, + read back)"))
    return broken;
  auto snapshot = through_json(recovered_.state);
  if (!snapshot)
    return broken_law{"a state can't be written as JSON and read back",
                      snapshot.error().message};
  auto next = history_.replay({*snapshot, recovered_.version});
  if (!next)
    return broken_law{"the decided events can't be replayed on a snapshot",
                      next.error().message};
  recovered_ = std::move(*next);
  return compare(state(), recovered_.state,
                 "recovering from a snapshot gives another state "
                 "(- live, + recovered)");
}

std::optional<broken_law> sequence::finish() const {
  // Snapshots between the events of one command as well.
  const std::span<const recorded_event> events{history_.events()};
  versioned_state at{type_.initial(), 0};
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto next = type_.replay(at, events.subspan(i, 1));
    if (!next)
      return broken_law{"the decided events can't be replayed",
                        next.error().message};
    at = std::move(*next);
    auto snapshot = through_json(at.state);
    auto recovered = snapshot ? history_.replay({*snapshot, at.version})
                              : tl::unexpected(snapshot.error());
    if (!recovered)
      return broken_law{"a snapshot can't be replayed on",
                        "at version " + std::to_string(at.version) + ": "
                          + recovered.error().message};
    if (auto broken = compare(state(), recovered->state,
                              "replaying from a snapshot gives another state "
                              "(- live, + from the snapshot)")) {
      broken->details = "snapshot at version " + std::to_string(at.version)
                        + "\n" + broken->details;
      return broken;
    }
  }
  return std::nullopt;
}

std::optional<broken_law> sequence::compare(const any_state& live,
                                            const any_state& other,
                                            const std::string& law) const {
  auto wanted = type_.encode_state(live);
  auto got = type_.encode_state(other);
  for (const auto* each : {&wanted, &got})
    if (!*each)
      return broken_law{"a state can't be written as JSON",
                        each->error().message};
  if (*wanted == *got)
    return std::nullopt;
  return broken_law{law, line_diff(pretty_json(*wanted), pretty_json(*got))};
}

result<any_state> sequence::through_json(const any_state& state) const {
  auto text = type_.encode_state(state);
  if (!text)
    return tl::unexpected(text.error());
  return type_.decode_state(*text);
}

result<decided> sequence::decide(const any_state& state,
                                 const any_command& command) const {
  return type_.decide(state, command,
                      {history_.aggregate_id, history_.state().version,
                       history_.now, history_.metadata});
}

} // namespace es::testing::detail

#include "eventsource/domain/process_type.hpp"

#include "eventsource/domain/exception_text.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/ksuid.hpp"

#include <algorithm>
#include <utility>

namespace es {

namespace {

constexpr std::size_t timer_name_bytes_max = 60;
constexpr std::chrono::microseconds timer_wait_max = std::chrono::days{36'500};

/// Only what the user's functions need.
template <class F>
auto guarded(const std::string& where, F f) -> decltype(f()) {
  try {
    return f();
  } catch (...) {
    return fail(errc::internal,
                where + " threw an exception: " + exception_text());
  }
}

/// When a timer is due that was set now; nothing if that is too far ahead.
std::optional<timestamp> due_at(const reaction_effects::timer& timer,
                                timestamp now) {
  if (timer.at ? *timer.at > now + timer_wait_max
               : timer.after > timer_wait_max)
    return std::nullopt;
  return std::max(now, timer.at
                         ? *timer.at
                         : now + std::max(timer.after, timer.after.zero()));
}

command_refused shown(const command_refusal& refusal) {
  const auto& command = refusal.command;
  return {command.aggregate_type, command.aggregate_id, command.command_type,
          command.content,        refusal.code,         refusal.message};
}

} // namespace

projection_table process_timer_table() {
  return {.name = "process_timers",
          .columns = {{"id", column_type::text},
                      {"process_type", column_type::text},
                      {"due_at", column_type::timestamptz},
                      {"version", column_type::bigint}},
          .key = {"id"}};
}

struct process_type::state {
  process_progress progress;
  any_state user;
};

/// One input on its way.
struct process_type::turn {
  const command_context& context;
  /// The state, which becomes the next one.
  state next;
  process_reacted record{};
  /// Whether the user's `react` is to be asked.
  bool asks = true;
  std::vector<decided_event> events{};
  reaction_effects effects{};
};

process_type::process_type() {
  command_types_.emplace_back(process_input::command_type);
  event_types_.emplace_back(process_reacted::event_type);
  event_schema_versions_.push_back(1);
}

const process_type::state& process_type::as(const any_state& erased) {
  return *static_cast<const state*>(erased.get());
}

const process_progress& process_type::progress_of(const any_state& state) {
  return as(state).progress;
}

result<std::string> process_type::instance_of(std::string_view id) const {
  constexpr std::size_t length = 27;
  const auto tail = id.substr(id.size() - std::min(id.size(), length));
  if (auto fine = parse_id("", tail); !fine)
    return fail(errc::invalid, "process " + name_ + " is correlated by \""
                                 + std::string(id)
                                 + "\", which does not end with a KSUID: "
                                 + fine.error().message);
  return id_prefix_ + std::string(tail);
}

// -- deciding -----------------------------------------------------------------

any_state process_type::initial() const {
  return std::make_shared<const state>(state{{}, initial_user()});
}

result<decided> process_type::decide(const any_state& from,
                                     const any_command& command,
                                     const command_context& context) const {
  const auto where =
    "process " + name_ + " " + std::string(context.aggregate_id);
  return guarded(where, [&]() -> result<decided> {
    if (command.type() != process_input::command_type)
      return fail(errc::invalid, "processes have no command \"" + command.type()
                                   + "\", only \"react\"");
    result<process_input> decoded;
    const auto* input = command.get_if<process_input>();
    if (!input) {
      decoded = detail::decode_command<process_input>(command);
      if (!decoded)
        return tl::unexpected(decoded.error());
      input = &*decoded;
    }
    turn now{context, as(from)};
    auto begun = begin(now, *input);
    if (!begun)
      return tl::unexpected(begun.error());
    if (!*begun)
      return decided{};
    if (!input->given_up.empty()) {
      now.record.failure = input->given_up;
    } else if (now.asks) {
      if (auto fine = react(now, *input); !fine)
        return fail(fine.error().code,
                    where + ", reacting to " + now.record.input_id + ": "
                      + fine.error().message,
                    fine.error().reason);
    }
    if (auto fine = add_effects(now); !fine)
      return tl::unexpected(fine.error());
    return finish(now);
  });
}

result<bool> process_type::begin(turn& now, const process_input& input) const {
  auto& [progress, user] = now.next;
  auto& record = now.record;
  switch (input.what) {
    case process_input::kind::event:
      return begin_event(now, input);
    case process_input::kind::timers: {
      const auto* first = progress.first_timer();
      if (!first || first->second.due_at > now.context.now)
        return false;
      record.input = "timer";
      record.timer = first->first;
      record.input_id =
        "timer/" + first->first + "/" + std::to_string(first->second.set_at);
      return true;
    }
    case process_input::kind::refusal:
      if (!input.refusal)
        return fail(errc::invalid, "there is no refusal in the input");
      if (input.refusal->place <= progress.refused)
        return false;
      record.input = "refusal";
      record.input_id = "refused/"
                        + std::to_string(input.refusal->place.version) + "/"
                        + std::to_string(input.refusal->place.index);
      record.refusal = input.refusal;
      // Who has ended compensates nothing any more; it is recorded.
      now.asks = progress.running;
      return true;
  }
  return fail(errc::invalid, "there is no such kind of input");
}

result<bool> process_type::begin_event(turn& now,
                                       const process_input& input) const {
  using kind = correlation::kind;
  auto& [progress, user] = now.next;
  const auto seen = progress.handled.find(input.partition);
  if (seen != progress.handled.end() && input.place <= seen->second)
    return false;
  auto& record = now.record;
  record.input = "event";
  record.input_id = input.event.id;
  record.event_type_seen = input.event.type;
  record.source_id = input.event.aggregate_id;
  record.source_version = input.event.version;
  record.partition = input.partition;
  record.place = input.place;
  if (!input.given_up.empty())
    return true;
  const auto id = std::string(now.context.aggregate_id);
  switch (input.how) {
    case kind::ignore:
      return false;
    case kind::start_strictly:
      if (progress.running)
        return fail(errc::rejected,
                    "process " + id + " runs already when event "
                      + input.event.id + " is to start it",
                    "already_running");
      [[fallthrough]];
    case kind::start:
      record.started = !progress.running;
      break;
    case kind::go_on_strictly:
      if (!progress.running)
        return fail(errc::rejected,
                    "process " + id + " does not run when event "
                      + input.event.id + " is to go on with it",
                    "not_running");
      break;
    case kind::go_on:
      if (!progress.running)
        return false;
      break;
    case kind::stop:
      if (!progress.running)
        return false;
      record.ended = true;
      now.asks = false;
      break;
  }
  if (record.started)
    user = initial_user();
  return true;
}

result<void> process_type::react(turn& now, const process_input& input) const {
  const auto& c = now.context;
  const auto& user = now.next.user;
  const process_context context{
    c.aggregate_id, c.version, c.now, c.metadata,
    event_context{c.aggregate_id, c.version, c.now, c.metadata}};
  result<reacted_as> made;
  switch (input.what) {
    case process_input::kind::event:
      made = react_to(user, input.event, context);
      break;
    case process_input::kind::timers:
      made =
        react_to(user,
                 timer_fired{now.record.timer,
                             now.next.progress.first_timer()->second.due_at},
                 context);
      break;
    case process_input::kind::refusal:
      made = react_to(user, shown(*input.refusal), context);
      break;
  }
  if (!made)
    return tl::unexpected(made.error());
  now.events = std::move(made->events);
  now.next.user = std::move(made->user);
  now.effects = std::move(made->effects);
  return {};
}

result<void> process_type::add_effects(turn& now) const {
  auto& record = now.record;
  const auto id = std::string(now.context.aggregate_id);
  record.ended = record.ended || now.effects.ends;
  for (auto& command : now.effects.commands)
    record.commands.push_back(
      {id + "/" + record.input_id + "/"
         + std::to_string(record.commands.size()),
       std::move(command.aggregate_type), std::move(command.aggregate_id),
       std::move(command.command_type), std::move(command.content)});
  for (auto& timer : now.effects.timers) {
    if (timer.name.empty() || timer.name.size() > timer_name_bytes_max)
      return fail(errc::invalid, "process " + name_
                                   + ": the name of a timer has 1 to 60 "
                                     "bytes, \""
                                   + timer.name + "\" has "
                                   + std::to_string(timer.name.size()));
    if (!has_timers_)
      return fail(errc::invalid, "process " + name_ + " sets timer \""
                                   + timer.name
                                   + "\" and has no `react(const P&, const "
                                     "es::timer_fired&)`");
    record.timers.erase(timer.name);
    if (timer.cancels) {
      record.cancelled.push_back(std::move(timer.name));
      continue;
    }
    const auto due = due_at(timer, now.context.now);
    if (!due)
      return fail(errc::invalid, "process " + name_ + " sets timer \""
                                   + timer.name
                                   + "\" more than 100 years ahead");
    record.timers[timer.name] = *due;
  }
  return {};
}

result<decided> process_type::finish(turn& now) const {
  now.next.progress.apply(now.record, now.context.version + 1);
  auto text = encode_json(now.record);
  if (!text)
    return fail(text.error().code, "process " + name_ + " "
                                     + std::string(now.context.aggregate_id)
                                     + ", reacting to " + now.record.input_id
                                     + ": " + text.error().message);
  decided answer;
  answer.events.reserve(1 + now.events.size());
  answer.events.push_back(
    {std::string(process_reacted::event_type), 1, std::move(*text), false});
  for (auto& event : now.events)
    answer.events.push_back(std::move(event));
  answer.next = std::make_shared<const state>(std::move(now.next));
  return answer;
}

// -- recovery -----------------------------------------------------------------

result<versioned_state>
process_type::replay(versioned_state from,
                     std::span<const recorded_event> events) const {
  if (events.empty())
    return from;
  auto next = as(from.state);
  for (const auto& event : events) {
    if (auto ok = detail::check_next(name_, from.version, event); !ok)
      return tl::unexpected(ok.error());
    try {
      if (event.type == process_reacted::event_type) {
        auto json = decode_json(event.data, "data");
        if (!json)
          return detail::unreadable_event(event, json.error().message);
        const auto record = json->get<process_reacted>();
        if (record.started)
          next.user = initial_user();
        next.progress.apply(record, event.version);
      } else {
        auto user = apply_own(next.user, event);
        if (!user)
          return tl::unexpected(user.error());
        next.user = std::move(*user);
      }
    } catch (...) {
      return detail::unreadable_event(event, exception_text());
    }
    from.version = event.version;
  }
  from.state = std::make_shared<const state>(std::move(next));
  return from;
}

result<std::string> process_type::encode_state(const any_state& state) const {
  return guarded("encoding the state of process " + name_,
                 [&]() -> result<std::string> {
                   return encode_json({{"progress", as(state).progress},
                                       {"state", encode_user(as(state).user)}});
                 });
}

result<any_state> process_type::decode_state(std::string_view json) const {
  auto parsed = decode_json(json, "snapshot of a " + name_);
  if (!parsed)
    return tl::unexpected(parsed.error());
  try {
    return any_state(std::make_shared<const state>(
      state{parsed->at("progress").get<process_progress>(),
            decode_user(parsed->at("state"))}));
  } catch (...) {
    return fail(errc::corrupt, "a snapshot of process " + name_
                                 + " does not decode: " + exception_text());
  }
}

// -- what is derived ----------------------------------------------------------

result<row_change> process_type::project(const any_state& state,
                                         const event_context& last) const {
  if (!has_timers_)
    return row_change{};
  if (const auto* first = as(state).progress.first_timer())
    return upsert(
      {last.aggregate_id, name_, first->second.due_at, last.version});
  return remove({last.aggregate_id});
}

result<std::vector<statement>>
process_type::statements(const any_state&, const event_context&) const {
  return std::vector<statement>{};
}

// -- the input as JSON --------------------------------------------------------

void to_json(nlohmann::json& json, const process_input& x) {
  const auto& e = x.event;
  json = {{"what", static_cast<int>(x.what)},
          {"how", static_cast<int>(x.how)},
          {"partition", x.partition},
          {"place", x.place},
          {"given_up", x.given_up},
          {"event",
           {{"id", e.id},
            {"type", e.type},
            {"schema_version", e.schema_version},
            {"occurred_at", e.occurred_at.time_since_epoch().count()},
            {"registered_at", e.registered_at.time_since_epoch().count()},
            {"aggregate_id", e.aggregate_id},
            {"aggregate_type", e.aggregate_type},
            {"version", e.version},
            {"data", e.data},
            {"metadata", e.metadata}}}};
  if (x.refusal)
    json["refusal"] = *x.refusal;
}

void from_json(const nlohmann::json& json, process_input& x) {
  x = {};
  auto number = [](const nlohmann::json& from, int max) {
    const auto n = from.get<int>();
    if (n < 0 || n > max)
      throw std::out_of_range("there is no such kind of input");
    return n;
  };
  auto moment = [](const nlohmann::json& from) {
    return timestamp{std::chrono::microseconds{from.get<std::int64_t>()}};
  };
  x.what = static_cast<process_input::kind>(number(json.at("what"), 2));
  x.how = static_cast<correlation::kind>(number(json.at("how"), 5));
  json.at("partition").get_to(x.partition);
  json.at("place").get_to(x.place);
  json.at("given_up").get_to(x.given_up);
  const auto& event = json.at("event");
  event.at("id").get_to(x.event.id);
  event.at("type").get_to(x.event.type);
  event.at("schema_version").get_to(x.event.schema_version);
  x.event.occurred_at = moment(event.at("occurred_at"));
  x.event.registered_at = moment(event.at("registered_at"));
  event.at("aggregate_id").get_to(x.event.aggregate_id);
  event.at("aggregate_type").get_to(x.event.aggregate_type);
  event.at("version").get_to(x.event.version);
  event.at("data").get_to(x.event.data);
  event.at("metadata").get_to(x.event.metadata);
  if (json.contains("refusal"))
    x.refusal = json.at("refusal").get<command_refusal>();
}

} // namespace es

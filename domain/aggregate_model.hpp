#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/json_text.hpp"

namespace es::detail {

template <class T>
void decode_into(const nlohmann::json& json, T& value) {
  if constexpr (!std::is_empty_v<T>)
    from_json(json, value);
}

template <class T>
nlohmann::json encode_from(const T& value) {
  if constexpr (std::is_empty_v<T>) {
    return nlohmann::json::object();
  } else {
    nlohmann::json json;
    to_json(json, value);
    return json;
  }
}

template <class E>
consteval int schema_version_of() {
  if constexpr (requires { E::schema_version; })
    return E::schema_version;
  else
    return 1;
}

template <class A, class E>
consteval bool is_published() {
  if constexpr (requires { typename A::published; })
    return contains<E, typename A::published>;
  else
    return false;
}

/// What the exception that was just caught says; inside a handler only.
[[nodiscard]] std::string exception_text();

/// Why JSON did not fit a command, as a sentence about its fields, from the
/// exception that was just caught; inside a handler only. `sample` is the
/// command's JSON with other values.
[[nodiscard]] std::string misfit_text(const nlohmann::json& given,
                                      const nlohmann::json& sample);

/// Adds type, aggregate and event to a failure while reading an event.
[[nodiscard]] tl::unexpected<error>
unreadable_event(const recorded_event& event, std::string_view why);

/// Checks type and version of the next event to replay.
[[nodiscard]] result<void> check_next(std::string_view aggregate_type,
                                      version_t version,
                                      const recorded_event& event);

// The user's functions share their names with members of the model, so they are
// called from here, where lookup finds them by their arguments alone.

template <class A, class C>
decision<A> call_decide(const A& state, const C& command,
                        const command_context& context) {
  if constexpr (decides_with_context<A, C>)
    return decide(state, command, context);
  else
    return decide(state, command);
}

template <class A, class E>
A call_apply(A state, const E& event, const event_context& context) {
  if constexpr (applies_with_context<A, E>)
    return apply(std::move(state), event, context);
  else
    return apply(std::move(state), event);
}

template <class A>
row_change call_project(const A& state, const event_context& context) {
  return project(state, context);
}

template <class A>
std::vector<statement> call_statements(const A& state,
                                       const event_context& context) {
  return statements(state, context);
}

/// The one place where a user's C++ types meet the erased form.
template <class A>
class aggregate_model final : public aggregate_type {
public:
  aggregate_model() {
    static_assert(check_aggregate<A>());
    name_ = A::aggregate_type;
    id_prefix_ = A::id_prefix;
    describe_commands(typename A::commands{});
    describe_events(typename A::events{});
    if constexpr (requires { A::snapshot_every; })
      snapshot_every_ = A::snapshot_every;
    if constexpr (requires { A::speculative; })
      speculative_ = A::speculative;
    if constexpr (requires { A::state_version; })
      state_version_ = A::state_version;
    if constexpr (has_projection<A>)
      projection_ = A::projection();
    if constexpr (requires(es::upcasters & u) { A::upcasters(u); })
      A::upcasters(upcasters_);
  }

  any_state initial() const override {
    return std::make_shared<const A>();
  }

  result<decided> decide(const any_state& state, const any_command& command,
                         const command_context& context) const override {
    try {
      return decide_one_of(as(state), command, context, typename A::commands{});
    } catch (...) {
      return fail(errc::internal,
                  "the handler of command " + command.type() + " for " + name_
                    + " " + std::string(context.aggregate_id)
                    + " threw an exception: " + exception_text());
    }
  }

  result<versioned_state>
  replay(versioned_state from,
         std::span<const recorded_event> events) const override {
    if (events.empty())
      return from;
    A state = as(from.state);
    for (const auto& event : events) {
      if (auto ok = check_next(name_, from.version, event); !ok)
        return tl::unexpected(ok.error());
      try {
        if (auto ok = apply_stored(state, event); !ok)
          return tl::unexpected(ok.error());
      } catch (...) {
        return unreadable_event(event, exception_text());
      }
      from.version = event.version;
    }
    from.state = std::make_shared<const A>(std::move(state));
    return from;
  }

  result<std::string> encode_state(const any_state& state) const override {
    try {
      auto text = encode_json(encode_from(as(state)));
      if (!text)
        return fail(text.error().code, "the state of aggregate type " + name_
                                         + ": " + text.error().message);
      return text;
    } catch (...) {
      return fail(errc::internal, "the state of aggregate type " + name_
                                    + " does not encode: " + exception_text());
    }
  }

  result<any_state> decode_state(std::string_view json) const override {
    auto parsed = decode_json(json, "snapshot of a " + name_);
    if (!parsed)
      return tl::unexpected(parsed.error());
    try {
      auto state = std::make_shared<A>();
      decode_into(*parsed, *state);
      return any_state(std::move(state));
    } catch (...) {
      return fail(errc::corrupt, "a snapshot of type " + name_
                                   + " does not decode: " + exception_text());
    }
  }

  result<row_change> project(const any_state& state,
                             const event_context& last_event) const override {
    if constexpr (projects<A>) {
      try {
        return call_project(as(state), last_event);
      } catch (...) {
        return failed_for("project", last_event);
      }
    } else {
      return row_change{};
    }
  }

  result<std::vector<statement>>
  statements(const any_state& state,
             const event_context& last_event) const override {
    if constexpr (has_statements<A>) {
      try {
        return call_statements(as(state), last_event);
      } catch (...) {
        return failed_for("statements", last_event);
      }
    } else {
      return std::vector<statement>{};
    }
  }

private:
  static const A& as(const any_state& state) {
    return *static_cast<const A*>(state.get());
  }

  tl::unexpected<error> failed_for(std::string_view function,
                                   const event_context& context) const {
    return fail(errc::internal, "`" + std::string(function) + "` of " + name_
                                  + " threw for "
                                  + std::string(context.aggregate_id) + ": "
                                  + exception_text());
  }

  template <class... Cs>
  void describe_commands(type_list<Cs...>) {
    (command_types_.emplace_back(Cs::command_type), ...);
  }

  template <class... Es>
  void describe_events(type_list<Es...>) {
    (event_types_.emplace_back(Es::event_type), ...);
    (event_schema_versions_.push_back(schema_version_of<Es>()), ...);
    ((is_published<A, Es>()
        ? static_cast<void>(published_types_.emplace_back(Es::event_type))
        : void()),
     ...);
  }

  template <class... Cs>
  result<decided> decide_one_of(const A& state, const any_command& command,
                                const command_context& context,
                                type_list<Cs...>) const {
    result<decided> answer =
      fail(errc::invalid, "aggregate type " + name_ + " has no command \""
                            + command.type() + "\"");
    static_cast<void>(((command.type() == Cs::command_type ? (
                          answer = decide_as<Cs>(state, command, context), true)
                                                           : false)
                       || ...));
    return answer;
  }

  static tl::unexpected<error> misfit(const any_command& command,
                                      const std::string& why) {
    return fail(errc::invalid, "the JSON of command " + command.type()
                                 + " does not fit: " + why);
  }

  /// Inside a handler only.
  template <class C>
  static std::string why_misfit(const any_command& command) {
    nlohmann::json given;
    nlohmann::json sample;
    try {
      given = command.to_json();
      sample = encode_from(C{});
    } catch (...) {
      // Then the text of the first exception has to do.
    }
    return misfit_text(given, sample);
  }

  template <class C>
  result<decided> decide_as(const A& state, const any_command& command,
                            const command_context& context) const {
    if (const auto* typed = command.template get_if<C>())
      return finish(state, call_decide<A>(state, *typed, context), context);
    C decoded;
    try {
      if (const auto* json = command.json_if(); !json)
        decode_into(command.to_json(), decoded);
      else if (has_allowed_depth(*json))
        decode_into(*json, decoded);
      else
        return misfit(command, "it nests more than "
                                 + std::to_string(json_depth_max)
                                 + " levels deep");
    } catch (...) {
      return misfit(command, why_misfit<C>(command));
    }
    return finish(state, call_decide<A>(state, decoded, context), context);
  }

  result<decided> finish(const A& state, const decision<A>& made,
                         const command_context& context) const {
    if (!made.accepted())
      return fail(errc::rejected, made.refusal().message, made.refusal().code);
    decided answer;
    if (made.events().empty())
      return answer;
    answer.events.reserve(made.events().size());
    A next = state;
    auto version = context.version;
    for (const auto& event : made.events()) {
      ++version;
      auto failed = std::visit(
        [&]<class E>(const E& e) -> result<void> {
          auto data = encode_json(encode_from(e));
          if (!data)
            return fail(data.error().code, "event " + std::string(E::event_type)
                                             + " of " + name_ + " "
                                             + std::string(context.aggregate_id)
                                             + ": " + data.error().message);
          answer.events.push_back({std::string(E::event_type),
                                   schema_version_of<E>(), std::move(*data),
                                   is_published<A, E>()});
          next = call_apply<A>(std::move(next), e,
                               event_context{context.aggregate_id, version,
                                             context.now, context.metadata});
          return {};
        },
        event);
      if (!failed)
        return tl::unexpected(failed.error());
    }
    answer.next = std::make_shared<const A>(std::move(next));
    return answer;
  }

  result<void> apply_stored(A& state, const recorded_event& event) const {
    return apply_one_of(state, event, upcasters_.present_name(event.type),
                        typename A::events{});
  }

  template <class... Es>
  result<void> apply_one_of(A& state, const recorded_event& event,
                            const std::string& type, type_list<Es...>) const {
    result<void> answer;
    auto known = ((type == Es::event_type
                     ? (answer = apply_as<Es>(state, event, type), true)
                     : false)
                  || ...);
    if (known)
      return answer;
    if constexpr (applies_unknown<A>) {
      state = apply_unknown(std::move(state), event);
      return {};
    } else {
      return unreadable_event(
        event, "aggregate type " + name_
                 + " has no such event type; add it, "
                   "rename it with an upcaster, or define `apply_unknown`");
    }
  }

  template <class E>
  result<void> apply_as(A& state, const recorded_event& event,
                        const std::string& type) const {
    auto json = decode_json(event.data, "data");
    if (!json)
      return unreadable_event(event, json.error().message);
    if (event.schema_version != schema_version_of<E>()) {
      json = upcasters_.upcast(type, event.schema_version,
                               schema_version_of<E>(), std::move(*json));
      if (!json)
        return unreadable_event(event, json.error().message);
    }
    auto about = metadata::parse(event.metadata);
    if (!about)
      return unreadable_event(event, about.error().message);
    E decoded;
    decode_into(*json, decoded);
    state = call_apply<A>(std::move(state), decoded,
                          event_context{event.aggregate_id, event.version,
                                        event.occurred_at, *about});
    return {};
  }
};

} // namespace es::detail

namespace es {

template <class A>
const aggregate_type& type_of() {
  static_assert(detail::check_aggregate<A>());
  static const detail::aggregate_model<A> model;
  return model;
}

} // namespace es

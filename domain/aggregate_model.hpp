#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/event_codec.hpp"

namespace es::detail {

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
    describe_stream<A>();
    if constexpr (requires { A::speculative; })
      speculative_ = A::speculative;
    if constexpr (has_projection<A>)
      projection_ = A::projection();
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

  template <class... Cs>
  result<decided> decide_one_of(const A& state, const any_command& command,
                                const command_context& context,
                                type_list<Cs...>) const {
    result<decided> answer;
    const bool is_known =
      ((command.type() == Cs::command_type
          ? (answer = decide_as<Cs>(state, command, context), true)
          : false)
       || ...);
    if (!is_known)
      return fail(errc::invalid, "aggregate type " + name_
                                   + " has no command \"" + command.type()
                                   + "\"");
    return answer;
  }

  template <class C>
  result<decided> decide_as(const A& state, const any_command& command,
                            const command_context& context) const {
    if (const auto* typed = command.template get_if<C>())
      return finish(state, call_decide<A>(state, *typed, context), context);
    auto decoded = decode_command<C>(command);
    if (!decoded)
      return tl::unexpected(decoded.error());
    return finish(state, call_decide<A>(state, *decoded, context), context);
  }

  result<decided> finish(const A& state, const decision<A>& made,
                         const command_context& context) const {
    if (!made.accepted())
      return fail(errc::rejected, made.refusal().message, made.refusal().code);
    decided answer;
    if (made.events().empty())
      return answer;
    auto next = std::make_shared<A>(state);
    auto taken = take_up(*next, made.events(), answer.events,
                         {context.aggregate_id, context.version + 1,
                          context.now, context.metadata},
                         name_);
    if (!taken)
      return tl::unexpected(taken.error());
    answer.next = std::move(next);
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
    auto known =
      ((type == Es::event_type ? (answer = apply_as<Es>(state, event), true)
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
  result<void> apply_as(A& state, const recorded_event& event) const {
    auto stored = decode_event<E>(event, upcasters_);
    if (!stored)
      return tl::unexpected(stored.error());
    state = call_apply<A>(std::move(state), stored->event,
                          event_context{event.aggregate_id, event.version,
                                        event.occurred_at, stored->about});
    return {};
  }
};

} // namespace es::detail

namespace es {

template <class A>
void aggregate_type::describe_stream() {
  auto describe = [this]<class... Es>(type_list<Es...>) {
    (event_types_.emplace_back(Es::event_type), ...);
    (event_schema_versions_.push_back(detail::schema_version_of<Es>()), ...);
    ((detail::is_published<A, Es>()
        ? static_cast<void>(published_types_.emplace_back(Es::event_type))
        : void()),
     ...);
  };
  describe(typename A::events{});
  if constexpr (requires { A::snapshot_every; })
    snapshot_every_ = A::snapshot_every;
  if constexpr (requires { A::state_version; })
    state_version_ = A::state_version;
  if constexpr (requires(es::upcasters & u) { A::upcasters(u); })
    A::upcasters(upcasters_);
}

template <class A>
const aggregate_type& type_of() {
  static_assert(detail::check_aggregate<A>());
  static const detail::aggregate_model<A> model;
  return model;
}

} // namespace es

#pragma once

#include "eventsource/domain/process_type.hpp"

namespace es::detail {

template <class P, class Input>
reaction<P> call_react(const P& state, const Input& input,
                       const process_context& context) {
  if constexpr (reacts_with_context<P, Input>)
    return react(state, input, context);
  else
    return react(state, input);
}

/// The one place where a process's C++ types meet the erased form.
template <class P>
class process_model final : public process_type {
public:
  process_model() {
    static_assert(check_process<P>());
    name_ = P::process_type;
    id_prefix_ = P::id_prefix;
    describe_stream<P>();
    describe_sources(typename P::reacts_to{});
    has_timers_ = reacts<P, timer_fired>;
    handles_refusals_ = reacts<P, command_refused>;
    if (has_timers_)
      projection_ = process_timer_table();
    if constexpr (requires(es::upcasters & u) { P::source_upcasters(u); }) {
      P::source_upcasters(source_upcasters_);
      source_types_.clear(); // old names are read as well
    }
  }

  result<correlation> correlate(const recorded_event& event) const override {
    try {
      return with_source<correlation>(
        event, [&](const auto& source, const event_context& context) {
          return P::correlate(source, context);
        });
    } catch (...) {
      return fail(errc::internal, "`correlate` of process " + name_
                                    + " threw for event " + event.id + ": "
                                    + exception_text());
    }
  }

protected:
  any_state initial_user() const override {
    return std::make_shared<const P>();
  }

  result<reacted_as> react_to(const any_state& user,
                              const recorded_event& event,
                              const process_context& context) const override {
    return with_source<reacted_as>(
      event, [&](const auto& source, const event_context& about) {
        const process_context whole{context.process_id, context.process_version,
                                    context.now, context.about, about};
        return erase(user, call_react(as(user), source, whole), whole);
      });
  }

  result<reacted_as> react_to(const any_state& user, const timer_fired& fired,
                              const process_context& context) const override {
    return react_if_known(user, fired, context);
  }

  result<reacted_as> react_to(const any_state& user,
                              const command_refused& refused,
                              const process_context& context) const override {
    return react_if_known(user, refused, context);
  }

  result<any_state> apply_own(const any_state& user,
                              const recorded_event& event) const override {
    const auto& type = upcasters_.present_name(event.type);
    result<any_state> answer;
    if (!apply_one_of(answer, user, event, type, typename P::events{}))
      return unreadable_event(event, "process " + name_
                                       + " has no such event type; add it or "
                                         "rename it with an upcaster");
    return answer;
  }

  nlohmann::json encode_user(const any_state& user) const override {
    return encode_from(as(user));
  }

  any_state decode_user(const nlohmann::json& json) const override {
    auto decoded = std::make_shared<P>();
    decode_into(json, *decoded);
    return decoded;
  }

private:
  static const P& as(const any_state& user) {
    return *static_cast<const P*>(user.get());
  }

  template <class... Es>
  void describe_sources(type_list<Es...>) {
    (source_types_.emplace_back(Es::event_type), ...);
  }

  template <class Answer, class F>
  result<Answer> with_source(const recorded_event& event, F f) const {
    return with_source_of<Answer>(event, f, typename P::reacts_to{});
  }

  /// An event of a type that is none of these concerns nobody.
  template <class Answer, class F, class... Es>
  result<Answer> with_source_of(const recorded_event& event, F& f,
                                type_list<Es...>) const {
    const auto& type = source_upcasters_.present_name(event.type);
    result<Answer> answer{Answer{}};
    static_cast<void>(((type == Es::event_type
                          ? (answer = with_decoded<Answer, Es>(event, f), true)
                          : false)
                       || ...));
    return answer;
  }

  template <class Answer, class E, class F>
  result<Answer> with_decoded(const recorded_event& event, F& f) const {
    auto stored = decode_event<E>(event, source_upcasters_);
    if (!stored)
      return tl::unexpected(stored.error());
    return f(stored->event, event_context{event.aggregate_id, event.version,
                                          event.occurred_at, stored->about});
  }

  template <class Input>
  result<reacted_as> react_if_known(const any_state& user, const Input& input,
                                    const process_context& context) const {
    if constexpr (reacts<P, Input>)
      return erase(user, call_react(as(user), input, context), context);
    else
      return reacted_as{.user = user};
  }

  /// Encodes and applies what a reaction recorded. Its first event has the
  /// version behind that of the input's own record.
  result<reacted_as> erase(const any_state& user, const reaction<P>& made,
                           const process_context& context) const {
    reacted_as answer{.user = user, .effects = made.effects()};
    if (made.events().empty())
      return answer;
    P next = as(user);
    auto taken = take_up(next, made.events(), answer.events,
                         {context.process_id, context.process_version + 2,
                          context.now, context.about},
                         name_);
    if (!taken)
      return tl::unexpected(taken.error());
    answer.user = std::make_shared<const P>(std::move(next));
    return answer;
  }

  /// False if there is no such event type.
  template <class... Es>
  bool apply_one_of([[maybe_unused]] result<any_state>& answer,
                    [[maybe_unused]] const any_state& user,
                    [[maybe_unused]] const recorded_event& event,
                    [[maybe_unused]] const std::string& type,
                    type_list<Es...>) const {
    return ((type == Es::event_type ? (answer = apply_as<Es>(user, event), true)
                                    : false)
            || ...);
  }

  template <class E>
  result<any_state> apply_as(const any_state& user,
                             const recorded_event& event) const {
    auto stored = decode_event<E>(event, upcasters_);
    if (!stored)
      return tl::unexpected(stored.error());
    return any_state(std::make_shared<const P>(
      call_apply<P>(P(as(user)), stored->event,
                    event_context{event.aggregate_id, event.version,
                                  event.occurred_at, stored->about})));
  }
};

} // namespace es::detail

namespace es {

template <class P>
const process_type& process_of() {
  static_assert(detail::check_process<P>());
  static const detail::process_model<P> model;
  return model;
}

} // namespace es

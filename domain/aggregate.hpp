#pragma once

#include "eventsource/domain/command.hpp"
#include "eventsource/domain/event.hpp"
#include "eventsource/domain/projection.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// What a user writes for one aggregate type: a plain struct for the state, and
/// free functions beside it, found by argument-dependent lookup.
///
///     struct account {
///       static constexpr std::string_view aggregate_type = "account";
///       static constexpr std::string_view id_prefix = "acc_";
///       using commands = es::type_list<open_account, withdraw>;
///       using events = es::type_list<account_opened, withdrawn>;
///       std::string owner;
///       std::int64_t balance = 0;
///     };
///     es::decision<account> decide(const account&, const withdraw&);
///     account apply(account, const withdrawn&);
///
/// Commands carry a `static constexpr std::string_view command_type`, events an
/// `event_type` and, from their second form on, a `schema_version`. State,
/// commands and events convert to JSON by nlohmann's own macros; an empty
/// struct needs none. Optional parts:
///
///     using published = es::type_list<...>;   // events that get an outbox row
///     static constexpr int snapshot_every = 100;   // overrides the setting
///     static constexpr bool speculative = false;   // wait for each commit
///     static constexpr int state_version = 2; // older snapshots are ignored
///     static void upcasters(es::upcasters&);  // see upcasters.hpp
///     static es::projection_table projection();
///     es::row_change project(const account&, const es::event_context&);
///     std::vector<es::statement> statements(const account&,
///                                           const es::event_context&);
///     account apply_unknown(account, const es::recorded_event&);
///
/// `decide` and `apply` may take a third parameter, the `command_context` and
/// the `event_context`. Both are pure: same input, same answer, no side effect.
namespace es {

class upcasters;

template <class... Ts>
struct type_list {};

/// A domain refusal: a short code that programs compare and a sentence that a
/// person understands.
struct rejection {
  std::string code;
  std::string message;
};

[[nodiscard]] inline rejection reject(std::string code, std::string message) {
  return {std::move(code), std::move(message)};
}

/// The command is accepted and changes nothing.
struct no_events_t {};
inline constexpr no_events_t no_events{};

namespace detail {

template <class List>
struct as_variant;

template <class... Ts>
struct as_variant<type_list<Ts...>> {
  using type = std::variant<Ts...>;
};

template <class T, class List>
inline constexpr bool contains = false;

template <class T, class... Ts>
inline constexpr bool
  contains<T, type_list<Ts...>> = (std::same_as<T, Ts> || ...);

template <class T>
inline constexpr bool is_type_list = false;

template <class... Ts>
inline constexpr bool is_type_list<type_list<Ts...>> = true;

} // namespace detail

/// The events of aggregate `A` as one variant.
template <class A>
using event_of = typename detail::as_variant<typename A::events>::type;

/// What `decide` answers: events in order, nothing, or a rejection. All three
/// convert implicitly: `return withdrawn{5};`, `return {a{}, b{}};`,
/// `return es::no_events;`, `return es::reject("code", "sentence");`.
template <class A>
class decision {
public:
  using event = event_of<A>;

  template <class E>
  requires(detail::contains<E, typename A::events>) decision(E single)
    : value_(std::vector<event>{}) {
    std::get<0>(value_).emplace_back(std::move(single));
  }
  decision(std::initializer_list<event> several)
    : value_(std::vector<event>(several)) {
    // nop
  }
  decision(std::vector<event> several) : value_(std::move(several)) {
    // nop
  }
  decision(no_events_t) : value_(std::vector<event>{}) {
    // nop
  }
  decision(rejection refused) : value_(std::move(refused)) {
    // nop
  }

  [[nodiscard]] bool accepted() const noexcept {
    return value_.index() == 0;
  }
  /// Only if `accepted()`.
  [[nodiscard]] const std::vector<event>& events() const {
    return std::get<0>(value_);
  }
  /// Only if not `accepted()`.
  [[nodiscard]] const rejection& refusal() const {
    return std::get<1>(value_);
  }

private:
  std::variant<std::vector<event>, rejection> value_;
};

// -- the parts of an aggregate, each as a concept -----------------------------

template <class T>
concept json_convertible = std::is_empty_v<T> || requires(nlohmann::json& j,
                                                          const T& in, T& out) {
  to_json(j, in);
  from_json(j, out);
};

template <class A, class C>
concept decides_plainly = requires(const A& state, const C& command) {
  { decide(state, command) } -> std::convertible_to<decision<A>>;
};

template <class A, class C>
concept decides_with_context = requires(const A& state, const C& command,
                                        const command_context& context) {
  { decide(state, command, context) } -> std::convertible_to<decision<A>>;
};

template <class A, class E>
concept applies_plainly = requires(A state, const E& event) {
  { apply(std::move(state), event) } -> std::convertible_to<A>;
};

template <class A, class E>
concept applies_with_context = requires(A state, const E& event,
                                        const event_context& context) {
  { apply(std::move(state), event, context) } -> std::convertible_to<A>;
};

template <class A>
concept has_projection = requires {
  { A::projection() } -> std::convertible_to<projection_table>;
};

template <class A>
concept projects = requires(const A& state, const event_context& context) {
  { project(state, context) } -> std::convertible_to<row_change>;
};

template <class A>
concept has_statements = requires(const A& state,
                                  const event_context& context) {
  { statements(state, context) } -> std::convertible_to<std::vector<statement>>;
};

template <class A>
concept applies_unknown = requires(A state, const recorded_event& event) {
  { apply_unknown(std::move(state), event) } -> std::convertible_to<A>;
};

namespace detail {

template <class T>
concept string_like = std::convertible_to<T, std::string_view>;

template <class C>
consteval void check_command_itself() {
  static_assert(
    requires {
      { C::command_type } -> string_like;
    },
    "a command of this aggregate lacks its stable name: add `static constexpr "
    "std::string_view command_type = \"...\";` to it");
  static_assert(json_convertible<C>,
                "a command of this aggregate does not convert to JSON: add "
                "NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(command, members...)");
  static_assert(std::copy_constructible<C> && std::default_initializable<C>,
                "a command of this aggregate must be copyable and default "
                "constructible");
}

template <class E>
consteval void check_event_itself() {
  static_assert(
    requires {
      { E::event_type } -> string_like;
    },
    "an event of this aggregate lacks its stable name: add `static constexpr "
    "std::string_view event_type = \"...\";` to it");
  static_assert(json_convertible<E>,
                "an event of this aggregate does not convert to JSON: add "
                "NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(event, members...)");
  static_assert(std::copy_constructible<E> && std::default_initializable<E>,
                "an event of this aggregate must be copyable and default "
                "constructible");
}

template <class A, class C>
consteval bool check_command() {
  check_command_itself<C>();
  static_assert(decides_plainly<A, C> || decides_with_context<A, C>,
                "no `es::decision<A> decide(const A&, const Command&)` for a "
                "command in `A::commands` (declare it in the namespace of the "
                "aggregate, before the aggregate is used)");
  return true;
}

template <class A, class E>
consteval bool check_event() {
  check_event_itself<E>();
  static_assert(applies_plainly<A, E> || applies_with_context<A, E>,
                "no `A apply(A, const Event&)` for an event in `A::events` "
                "(declare it in the namespace of the aggregate, before the "
                "aggregate is used)");
  return true;
}

template <class A, class... Cs>
consteval bool check_commands(type_list<Cs...>) {
  return (check_command<A, Cs>() && ...);
}

template <class A, class... Es>
consteval bool check_events(type_list<Es...>) {
  return (check_event<A, Es>() && ...);
}

template <class... Es, class List>
consteval bool check_published(type_list<Es...>, List) {
  static_assert((contains<Es, List> && ...),
                "`A::published` names an event that is not in `A::events`");
  return true;
}

/// An optional part with a slip in it would otherwise just never be called.
template <class A>
consteval void check_optional_parts() {
  static_assert(
    !requires { &A::upcasters; }
      || requires(es::upcasters & steps) { A::upcasters(steps); },
    "`upcasters` of the aggregate must be `static void "
    "upcasters(es::upcasters&)`");
  static_assert(
    has_statements<A> || !requires(const A& state, const event_context& last) {
      statements(state, last);
    },
    "`statements(const A&, const es::event_context&)` must return "
    "std::vector<es::statement>");
  static_assert(
    applies_unknown<A> || !requires(A state, const recorded_event& event) {
      apply_unknown(std::move(state), event);
    },
    "`apply_unknown(A, const es::recorded_event&)` must return the aggregate");
}

/// Names what is missing from the definition of `A`, part by part. The
/// compiler's "required from" lines name the aggregate, command or event.
template <class A>
consteval bool check_aggregate() {
  static_assert(
    requires {
      { A::aggregate_type } -> string_like;
    },
    "the aggregate lacks its stable name: add `static constexpr "
    "std::string_view aggregate_type = \"...\";`");
  static_assert(
    requires {
      { A::id_prefix } -> string_like;
    },
    "the aggregate lacks the prefix of its ids: add `static constexpr "
    "std::string_view id_prefix = \"..._\";`");
  static_assert(
    requires { requires is_type_list<typename A::commands>; },
    "the aggregate lacks its commands: add `using commands = "
    "es::type_list<...>;`");
  static_assert(
    requires { requires is_type_list<typename A::events>; },
    "the aggregate lacks its events: add `using events = "
    "es::type_list<...>;`");
  static_assert(std::default_initializable<A> && std::copy_constructible<A>,
                "the aggregate must be copyable and default constructible");
  static_assert(json_convertible<A>,
                "the aggregate's state does not convert to JSON: add "
                "NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(aggregate, members...)");
  check_commands<A>(typename A::commands{});
  check_events<A>(typename A::events{});
  if constexpr (requires { typename A::published; })
    check_published(typename A::published{}, typename A::events{});
  static_assert(has_projection<A> == projects<A>,
                "a projection needs both `static es::projection_table "
                "A::projection()` and `es::row_change project(const A&, const "
                "es::event_context&)`; one of them is missing");
  check_optional_parts<A>();
  return true;
}

} // namespace detail

/// Holds for every correct definition; for a wrong one, `es::type_of<A>()`
/// gives a compile error that names what is missing.
template <class A>
concept aggregate = requires {
  { A::aggregate_type } -> detail::string_like;
  { A::id_prefix } -> detail::string_like;
  typename A::commands;
  typename A::events;
}
&&std::default_initializable<A>&& std::copy_constructible<A>;

/// Whether `Command` is in `A::commands`. What takes a command of `A` asks for
/// it, so that any other does not compile.
template <class A, class Command>
concept has_command = detail::contains<Command, typename A::commands>;

} // namespace es

#pragma once

#include "eventsource/domain/aggregate.hpp"

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a user writes for one process manager, a long-running reaction to
/// events of other aggregates: a plain struct for the state of an instance, and
/// free functions beside it, found by argument-dependent lookup.
///
///     struct vat_validation {
///       static constexpr std::string_view process_type = "vat_validation";
///       static constexpr std::string_view id_prefix = "vval_";
///       using reacts_to = es::type_list<vat_set, vat_checked>;
///       using events = es::type_list<check_requested>;
///       static es::correlation correlate(const vat_set&,
///                                        const es::event_context&);
///       static es::correlation correlate(const vat_checked&,
///                                        const es::event_context&);
///       std::string number;
///     };
///     es::reaction<vat_validation> react(const vat_validation&,
///                                        const vat_set&);
///     es::reaction<vat_validation> react(const vat_validation&,
///                                        const vat_checked&);
///     vat_validation apply(vat_validation, const check_requested&);
///
/// `correlate` names the instances that an event concerns, `react` says what
/// follows from it, `apply` folds the process's own events into its state. All
/// are pure: same input, same answer, no side effect. Optional parts:
///
///     // a timer's moment has come; without it no timer can be set
///     es::reaction<P> react(const P&, const es::timer_fired&);
///     // an aggregate refused a command; the place for compensation
///     es::reaction<P> react(const P&, const es::command_refused&);
///     using published = es::type_list<...>;   // own events in the outbox
///     static constexpr int snapshot_every = 100;   // overrides the setting
///     static constexpr int state_version = 2; // older snapshots are ignored
///     static void upcasters(es::upcasters&);  // of its own events
///     static void source_upcasters(es::upcasters&); // of those it reacts to
///
/// `react` may take a third parameter, the `process_context`, and `apply` the
/// `event_context`.
namespace es {

/// Which instances of a process an event concerns, and how. Instances are named
/// by any id that ends with a KSUID, such as that of the aggregate the event
/// came from: the instance has the same KSUID behind the process's own prefix.
struct correlation {
  enum class kind {
    ignore,
    start,
    start_strictly,
    go_on,
    go_on_strictly,
    stop
  };

  kind what = kind::ignore;
  std::vector<std::string> ids{};

  /// The event concerns no instance.
  [[nodiscard]] static correlation ignore() {
    return {};
  }
  /// Starts the instance; one that runs goes on, one that ended begins anew.
  [[nodiscard]] static correlation start(std::string id) {
    return {kind::start, {std::move(id)}};
  }
  /// The same, but the event fails if the instance runs already.
  [[nodiscard]] static correlation start_strictly(std::string id) {
    return {kind::start_strictly, {std::move(id)}};
  }
  /// For an instance that runs; passed over if it does not (yet, or any more).
  [[nodiscard]] static correlation go_on(std::string id) {
    return {kind::go_on, {std::move(id)}};
  }
  /// The same, but the event fails if the instance does not run.
  [[nodiscard]] static correlation go_on_strictly(std::string id) {
    return {kind::go_on_strictly, {std::move(id)}};
  }
  /// Ends the instance without a reaction; its timers are forgotten.
  [[nodiscard]] static correlation stop(std::string id) {
    return {kind::stop, {std::move(id)}};
  }
};

/// A timer that this instance had set is due. It may come late, never early,
/// and not after it was cancelled or set anew.
struct timer_fired {
  std::string name;
  timestamp due_at;
};

/// An aggregate refused a command of this instance: it was not executed and
/// will not be. Commands that could not be delivered are sent again instead.
struct command_refused {
  std::string aggregate_type;
  std::string aggregate_id;
  std::string command_type;
  /// The command's content.
  nlohmann::json command;
  /// What `es::reject` was given, or "invalid" if the aggregate can't read it.
  std::string code;
  std::string message;
};

/// What `react` may know beside its input. Views are valid during the call.
struct process_context {
  std::string_view process_id;
  /// The process's version before this input.
  version_t process_version;
  timestamp now;
  /// The metadata that the process's own events get.
  const es::metadata& about;
  /// The event that is reacted to: its aggregate, its place there, its time and
  /// its metadata. Of timers and refusals those of the process itself.
  event_context source;
};

/// A command that a process sends, as JSON.
struct outgoing_command {
  std::string aggregate_type;
  std::string aggregate_id;
  std::string command_type;
  nlohmann::json content;
};

namespace detail {

/// The own events of a process, which may have none.
template <class List>
struct as_optional_variant;

template <class... Ts>
struct as_optional_variant<type_list<Ts...>> {
  using type = std::variant<std::monostate, Ts...>;
};

} // namespace detail

/// What follows from an input, beside the process's own events.
struct reaction_effects {
  struct timer {
    std::string name;
    /// From now, unless there is a moment.
    std::chrono::microseconds after{0};
    std::optional<timestamp> at{};
    bool cancels = false;
  };

  std::vector<outgoing_command> commands;
  std::vector<timer> timers;
  bool ends = false;
};

/// What follows from an input: own events, commands, timers, the end. All of it
/// is stored in one transaction; then the commands are sent, in order, each
/// until it is answered.
template <class P>
class reaction {
public:
  using own_event =
    typename detail::as_optional_variant<typename P::events>::type;

  /// An event of the process's own, which changes its state.
  template <class E>
  requires(detail::contains<E, typename P::events>) reaction& record(E event) {
    events_.emplace_back(std::move(event));
    return *this;
  }

  /// A command for an aggregate of type `A`.
  template <class A, class Command>
  requires(detail::contains<Command, typename A::commands>) reaction& send(
    std::string aggregate_id, Command command) {
    effects_.commands.push_back(
      {std::string(A::aggregate_type), std::move(aggregate_id),
       std::string(Command::command_type),
       any_command::of(std::move(command)).to_json()});
    return *this;
  }

  /// Sets a timer, anew if there is one of this name. Names have 1 to 60 bytes.
  /// A moment that has passed is now; one that lies more than 100 years ahead
  /// makes the reaction fail with `errc::invalid`.
  reaction& after(std::string timer, std::chrono::microseconds delay) {
    effects_.timers.push_back({std::move(timer), delay, {}});
    return *this;
  }
  reaction& at(std::string timer, timestamp when) {
    effects_.timers.push_back({std::move(timer), {}, when});
    return *this;
  }
  /// Does nothing if there is no such timer.
  reaction& cancel(std::string timer) {
    effects_.timers.push_back({std::move(timer), {}, {}, true});
    return *this;
  }
  /// The instance has done what it is for; its timers are forgotten.
  reaction& end() {
    effects_.ends = true;
    return *this;
  }

  [[nodiscard]] const std::vector<own_event>& events() const noexcept {
    return events_;
  }
  [[nodiscard]] const reaction_effects& effects() const noexcept {
    return effects_;
  }

private:
  std::vector<own_event> events_;
  reaction_effects effects_;
};

// -- the parts of a process, each as a concept --------------------------------

template <class P, class E>
concept correlates = requires(const E& event, const event_context& context) {
  { P::correlate(event, context) } -> std::same_as<correlation>;
};

template <class P, class Input>
concept reacts_plainly = requires(const P& state, const Input& input) {
  { react(state, input) } -> std::convertible_to<reaction<P>>;
};

template <class P, class Input>
concept reacts_with_context = requires(const P& state, const Input& input,
                                       const process_context& context) {
  { react(state, input, context) } -> std::convertible_to<reaction<P>>;
};

template <class P, class Input>
concept reacts = reacts_plainly<P, Input> || reacts_with_context<P, Input>;

namespace detail {

template <class E>
consteval void check_source_event() {
  static_assert(
    requires {
      { E::event_type } -> string_like;
    },
    "an event that this process reacts to lacks its stable name: add `static "
    "constexpr std::string_view event_type = \"...\";` to it");
  static_assert(json_convertible<E> && std::default_initializable<E>,
                "an event that this process reacts to does not convert to "
                "JSON, or is not default constructible");
}

template <class P, class E>
consteval bool check_reaction() {
  check_source_event<E>();
  static_assert(correlates<P, E>,
                "no `static es::correlation P::correlate(const Event&, const "
                "es::event_context&)` for an event in `P::reacts_to`: it names "
                "the instances that the event concerns");
  static_assert(reacts<P, E>,
                "no `es::reaction<P> react(const P&, const Event&)` for an "
                "event in `P::reacts_to` (declare it in the namespace of the "
                "process, before the process is used)");
  return true;
}

template <class P, class... Es>
consteval bool check_reactions(type_list<Es...>) {
  static_assert(sizeof...(Es) > 0, "`P::reacts_to` names no event");
  return (check_reaction<P, Es>() && ...);
}

// An optional part with a slip in it would otherwise just never be called.
template <class P, class Input>
inline constexpr bool reacts_or_has_no_reaction =
  reacts<P, Input>
  || !(requires(const P& state, const Input& input) {
         react(state, input);
       }
       || requires(const P& state, const Input& input,
                   const process_context& context) {
            react(state, input, context);
          });

template <class P>
consteval void check_optional_reactions() {
  static_assert(
    reacts_or_has_no_reaction<P, timer_fired>,
    "`react(const P&, const es::timer_fired&)` must return es::reaction<P>");
  static_assert(reacts_or_has_no_reaction<P, command_refused>,
                "`react(const P&, const es::command_refused&)` must return "
                "es::reaction<P>");
  static_assert(
    !requires { &P::upcasters; }
      || requires(es::upcasters & steps) { P::upcasters(steps); },
    "`upcasters` of the process must be `static void "
    "upcasters(es::upcasters&)`");
  static_assert(
    !requires { &P::source_upcasters; }
      || requires(es::upcasters & steps) { P::source_upcasters(steps); },
    "`source_upcasters` of the process must be `static void "
    "source_upcasters(es::upcasters&)`");
}

/// Names what is missing from the definition of `P`, part by part.
template <class P>
consteval bool check_process() {
  static_assert(
    requires {
      { P::process_type } -> string_like;
    },
    "the process lacks its stable name: add `static constexpr "
    "std::string_view process_type = \"...\";`");
  static_assert(
    requires {
      { P::id_prefix } -> string_like;
    },
    "the process lacks the prefix of its instances' ids: add `static constexpr "
    "std::string_view id_prefix = \"..._\";`");
  static_assert(
    requires { requires is_type_list<typename P::reacts_to>; },
    "the process lacks the events that it reacts to: add `using reacts_to = "
    "es::type_list<...>;`");
  static_assert(
    requires { requires is_type_list<typename P::events>; },
    "the process lacks its own events: add `using events = "
    "es::type_list<...>;` (it may be empty)");
  static_assert(std::default_initializable<P> && std::copy_constructible<P>,
                "the process must be copyable and default constructible");
  static_assert(json_convertible<P>,
                "the state of the process does not convert to JSON: add "
                "NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(process, members...)");
  check_events<P>(typename P::events{});
  check_reactions<P>(typename P::reacts_to{});
  if constexpr (requires { typename P::published; })
    check_published(typename P::published{}, typename P::events{});
  check_optional_reactions<P>();
  return true;
}

} // namespace detail

} // namespace es

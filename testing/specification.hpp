#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/testing/recorded_history.hpp"
#include "eventsource/testing/specification_failed.hpp"

#include <concepts>
#include <string>
#include <utility>
#include <vector>

/// What an aggregate decides, as sentences, without actors or a store:
///
///     given<account>(account_opened{"Ada", 100})
///       .when(withdraw{30})
///       .then(withdrawn{30})
///       .then_state([](const account& a) { return a.balance == 70; });
///
/// A check that does not hold throws `specification_failed`, whose text shows
/// the whole sentence and the difference. No test framework is needed.
namespace es::testing {

namespace detail {

/// The erased half of a specification.
class scenario {
public:
  explicit scenario(const aggregate_type& type);

  recorded_history history;

  void give(const event_form& event);
  void decide(any_command command, source_place where);

  void expect_events(const std::vector<event_form>& wanted) const;
  void expect_rejection(std::string_view reason);
  void expect_that(bool holds) const;
  void expect_state(std::string_view wanted_json) const;
  void expect_row(const row_change& wanted) const;

  void place(source_place where) noexcept {
    where_ = where;
  }

private:
  void expect_accepted() const;
  [[noreturn]] void report(const std::string& what,
                           const std::string& details) const;
  [[nodiscard]] std::string story() const;
  [[nodiscard]] std::string state_json() const;

  source_place where_;
  std::vector<event_form> given_;
  std::vector<std::string> commands_;
  result<std::vector<event_form>> decided_;
  /// A check asked for the rejection, so that others may follow.
  bool rejection_expected_ = false;
};

template <class A>
const A& state_as(const scenario& what) {
  return *static_cast<const A*>(what.history.state().state.get());
}

} // namespace detail

/// What a command led to. All checks can follow each other, and `when` goes on
/// with the next command on the state that this one made.
template <class A>
class outcome {
public:
  explicit outcome(detail::scenario steps) : steps_(std::move(steps)) {
    // nop
  }

  /// Exactly these events, in this order, with equal JSON.
  template <class... Events>
  outcome& then(const Events&... events) {
    static_assert(sizeof...(Events) > 0, "for no events say then_nothing()");
    steps_.expect_events({detail::form_of<A>(events)...});
    return *this;
  }

  /// The command is accepted and changes nothing.
  outcome& then_nothing() {
    steps_.expect_events({});
    return *this;
  }

  /// `decide` refused it with `es::reject(code, ...)`; the state is as before.
  outcome& then_rejected(std::string_view code) {
    steps_.expect_rejection(code);
    return *this;
  }

  /// Whether `holds(state)` is true for the state after all commands.
  template <class Predicate>
  requires std::predicate<Predicate, const A&> outcome&
  then_state(Predicate&& holds) {
    steps_.expect_that(holds(detail::state_as<A>(steps_)));
    return *this;
  }

  /// The state has the same JSON as `wanted`.
  outcome& then_state(const A& wanted) {
    steps_.expect_state(encoded(wanted));
    return *this;
  }

  /// What the inline projection does: `then_projects(es::upsert({...}))`.
  outcome& then_projects(const row_change& wanted) {
    steps_.expect_row(wanted);
    return *this;
  }

  /// The next command, at the same time and with the same metadata.
  template <class Command>
  requires has_command<A, Command> outcome&
  when(Command command, source_place where = source_place::current()) {
    steps_.decide(any_command::of(std::move(command)), where);
    return *this;
  }

private:
  static std::string encoded(const A& state) {
    auto text = encode_json(es::detail::encode_from(state));
    if (!text)
      throw specification_failed("the wanted state: " + text.error().message);
    return *text;
  }

  detail::scenario steps_;
};

/// The beginning of a sentence: the history that a command finds. It is not
/// changed by `when`, so that several commands can start from the same one.
template <class A>
class specification {
public:
  specification() : steps_(type_of<A>()) {
    // nop
  }

  /// More history, at the present `at` and with the present metadata.
  template <class... Events>
  specification& given(const Events&... events) {
    (steps_.give(detail::form_of<A>(events)), ...);
    return *this;
  }

  /// An event as an older program stored it, for upcasters.
  specification& given_stored(std::string type, int schema_version,
                              std::string json) {
    steps_.give({std::move(type), schema_version, std::move(json)});
    return *this;
  }

  /// The aggregate's id; without it the prefix and a fixed KSUID. Comes before
  /// the first event.
  specification& with_id(std::string aggregate_id) {
    steps_.history.aggregate_id = std::move(aggregate_id);
    return *this;
  }

  /// The moment of the events and commands that follow; `start_time` without
  /// it.
  specification& at(timestamp now) {
    steps_.history.now = now;
    return *this;
  }

  /// The metadata of the events and commands that follow.
  specification& with_metadata(metadata about) {
    steps_.history.metadata = std::move(about);
    return *this;
  }

  template <class Command>
  requires has_command<A, Command>
  [[nodiscard]] outcome<A>
  when(Command command, source_place where = source_place::current()) const {
    outcome<A> next{steps_};
    next.when(std::move(command), where);
    return next;
  }

  /// What the history alone makes of the state.
  template <class State>
  specification& then_state(State&& wanted,
                            source_place where = source_place::current()) {
    auto steps = steps_;
    steps.place(where);
    outcome<A>{std::move(steps)}.then_state(std::forward<State>(wanted));
    return *this;
  }

private:
  detail::scenario steps_;
};

/// `given<account>()` is an aggregate that has no events yet.
template <class A, class... Events>
[[nodiscard]] specification<A> given(const Events&... events) {
  specification<A> start;
  start.given(events...);
  return start;
}

} // namespace es::testing

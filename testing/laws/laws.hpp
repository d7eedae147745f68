#pragma once

#include "eventsource/testing/laws/law_check.hpp"

#include <functional>
#include <type_traits>
#include <utility>

namespace es::testing {

/// Runs random sequences of commands against an aggregate, and checks what must
/// hold for every one, whatever it is about:
///
/// - deciding is pure: the same command on the same state gives the same
///   events, also if the command came as JSON;
/// - no handler throws, and all that is decided can be stored;
/// - replaying the events gives the state that the live aggregate has, and the
///   same row of the inline projection;
/// - so does replaying from a snapshot at any version;
/// - an aggregate that was recovered from snapshots decides as the live one;
/// - every event, every command and every state reads back from its JSON as it
///   was.
///
///     laws<account>()
///       .command([](random_source& any) {
///         return withdraw{any.number(1, 200)};
///       })
///       .check();
///
/// The same seed gives the same sequences on every machine. A law that is
/// broken throws `specification_failed`, with the shortest sequence that was
/// found to break it.
template <class A>
class laws {
public:
  laws() {
    what_.type = &type_of<A>();
    what_.events = detail::trips_of_events(typename A::events{});
    what_.commands = detail::trips_of_commands(typename A::commands{});
  }

  /// Where commands of one type come from: `make(random)`, or
  /// `make(random, state)` to make those that suit the state more often. Every
  /// command type needs one, but for those without members. Several for one
  /// type are drawn alike.
  template <class Make>
  laws& command(Make make) {
    if constexpr (std::is_invocable_v<Make, random_source&>) {
      add<std::invoke_result_t<Make, random_source&>>(
        [make = std::move(make)](random_source& random, const any_state&) {
          return any_command::of(make(random));
        });
    } else {
      static_assert(std::is_invocable_v<Make, random_source&, const A&>,
                    "a source of commands is called with (random_source&) or "
                    "with (random_source&, const Aggregate&)");
      add<std::invoke_result_t<Make, random_source&, const A&>>(
        [make = std::move(make)](random_source& random,
                                 const any_state& state) {
          return any_command::of(
            make(random, *static_cast<const A*>(state.get())));
        });
    }
    return *this;
  }

  /// Other random numbers; 1 if it is not called.
  laws& seed(std::uint64_t value) {
    what_.seed = value;
    return *this;
  }

  /// How many sequences, of how many commands at most; 100 and 30.
  laws& sequences(std::size_t count, std::size_t commands_max = 30) {
    what_.sequences = count;
    what_.commands_max = commands_max;
    return *this;
  }

  /// Does not ask for events of this type, as of one that is read but no longer
  /// decided. Every other type has to come up at least once.
  template <class Event>
  laws& may_lack() {
    what_.optional_events.emplace(Event::event_type);
    return *this;
  }

  law_report check(source_place where = source_place::current()) {
    add_empty_commands(typename A::commands{});
    return what_.run(where);
  }

private:
  template <class Command, class Make>
  void add(Make make) {
    static_assert(es::detail::contains<Command, typename A::commands>,
                  "this is no command of the aggregate: see `A::commands`");
    what_.sources.push_back(
      {std::string(Command::command_type), std::move(make)});
  }

  template <class... Commands>
  void add_empty_commands(type_list<Commands...>) {
    (add_if_empty<Commands>(), ...);
  }

  template <class Command>
  void add_if_empty() {
    if constexpr (std::is_empty_v<Command>)
      if (empty_ones_.insert(std::string(Command::command_type)).second)
        add<Command>([](random_source&, const any_state&) {
          return any_command::of(Command{});
        });
  }

  detail::law_check what_;
  /// Those that have their source.
  std::set<std::string> empty_ones_;
};

} // namespace es::testing

#pragma once

#include "eventsource/domain/aggregate_type.hpp"

/// The aggregate of a user: an actor system is not needed to define one.
namespace counting {

struct count_up {
  static constexpr std::string_view command_type = "count_up";
  int by = 0;
};

struct counted {
  static constexpr std::string_view event_type = "counted";
  int by = 0;
};

struct counter {
  static constexpr std::string_view aggregate_type = "counter";
  static constexpr std::string_view id_prefix = "cnt_";
  using commands = es::type_list<count_up>;
  using events = es::type_list<counted>;
  int sum = 0;
};

inline es::decision<counter> decide(const counter&, const count_up& command) {
  if (command.by < 1)
    return es::reject("not_up", "a counter only counts up");
  return counted{command.by};
}

inline counter apply(counter state, const counted& event) {
  state.sum += event.by;
  return state;
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(count_up, by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(counted, by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(counter, sum)

} // namespace counting

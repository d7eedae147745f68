#pragma once

#include "eventsource/tests/actors/account.hpp"

namespace wrong {

/// Takes one of the account's commands.
struct till {
  static constexpr std::string_view aggregate_type = "till";
  static constexpr std::string_view id_prefix = "til_";
  using commands = es::type_list<bank::deposit>;
  using events = es::type_list<bank::deposited>;
};

} // namespace wrong

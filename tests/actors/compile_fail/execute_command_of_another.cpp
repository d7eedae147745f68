// expect match: (satisf|because)[^\n]*has_command<
#include "eventsource/actors/runtime.hpp"
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

void use(es::actors::runtime& runtime) {
  static_cast<void>(runtime.execute<wrong::till>("til_1", bank::withdraw{5}));
}

// expect match: response_type|receiver does not accept given message
#include "eventsource/actors/typed_handle.hpp"
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

void use(caf::event_based_actor* self,
         const es::actors::handle<wrong::till>& till) {
  es::actors::compat::ask(self, till, caf::infinite, std::string{"til_1"},
                          bank::withdraw{5});
}

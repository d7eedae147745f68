// expect match: response_type|receiver does not accept given message
#include "eventsource/actors/typed_handle.hpp"
#include "eventsource/tests/actors/compile_fail/till.hpp"

void use(caf::event_based_actor* self,
         const es::actors::handle<wrong::till>& till) {
  es::actors::compat::ask(self, till, caf::infinite, std::string{"til_1"},
                          bank::withdraw{5});
}

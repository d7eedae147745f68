// expect match: (satisf|because)[^\n]*has_command<
#include "eventsource/actors/runtime.hpp"
#include "eventsource/tests/actors/compile_fail/till.hpp"

void use(es::actors::runtime& runtime) {
  static_cast<void>(runtime.execute<wrong::till>("til_1", bank::withdraw{5}));
}

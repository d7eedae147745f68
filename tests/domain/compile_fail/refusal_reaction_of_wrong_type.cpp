// expect: `react(const P&, const es::command_refused&)` must return
#include "eventsource/tests/domain/compile_fail/watching.hpp"

namespace wrong {

void react(const watching&, const es::command_refused&,
           const es::process_context&);

} // namespace wrong

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

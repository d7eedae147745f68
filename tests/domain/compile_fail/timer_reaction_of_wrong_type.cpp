// expect: `react(const P&, const es::timer_fired&)` must return
#include "eventsource/tests/domain/compile_fail/watching.hpp"

namespace wrong {

int react(const watching&, const es::timer_fired&);

} // namespace wrong

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

// expect: no `es::reaction<P> react(const P&, const Event&)`
#define ES_WITHOUT_REACT
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

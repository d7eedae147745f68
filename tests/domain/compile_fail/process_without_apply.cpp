// expect: no `A apply(A, const Event&)`
#define ES_WITHOUT_APPLY
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

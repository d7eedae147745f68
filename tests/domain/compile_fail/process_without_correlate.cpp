// expect: no `static es::correlation P::correlate
#define ES_WITHOUT_CORRELATE
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

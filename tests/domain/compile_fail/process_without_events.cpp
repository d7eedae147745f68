// expect: the process lacks its own events
#define ES_WITHOUT_EVENTS
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

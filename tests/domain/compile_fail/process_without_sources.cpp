// expect: the process lacks the events that it reacts to
#define ES_WITHOUT_SOURCES
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

// expect: the process lacks its stable name
#define ES_WITHOUT_TYPE
#include "eventsource/tests/domain/compile_fail/watching.hpp"

const es::process_type& use() {
  return es::process_of<wrong::watching>();
}

#include "eventsource/domain/timestamp.hpp"

#include "eventsource/tests/fuzz/fuzz_target.hpp"

using namespace es;

ES_FUZZ_TARGET(text) {
  auto moment = parse_timestamp(text);
  if (!moment) {
    ES_LAW(moment.error().code == errc::invalid);
    return;
  }
  const auto written = to_string(*moment);
  ES_LAW(written.size() == 27);
  auto again = parse_timestamp(written);
  ES_LAW(again && *again == *moment);
}

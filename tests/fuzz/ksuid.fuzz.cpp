#include "eventsource/domain/ksuid.hpp"

#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <algorithm>

using namespace es;

ES_FUZZ_TARGET(text) {
  if (auto id = ksuid::parse(text)) {
    ES_LAW(id->str() == text);
    ES_LAW(id->time().time_since_epoch().count() >= ksuid::epoch_seconds);
  } else {
    ES_LAW(id.error().code == errc::invalid);
  }
  if (auto id = parse_id("org_", text))
    ES_LAW("org_" + id->str() == text);
  else
    // It goes to logs and terminals.
    ES_LAW(std::all_of(id.error().message.begin(), id.error().message.end(),
                       [](char c) { return c >= 0x20 && c <= 0x7e; }));
  if (text.size() < ksuid::byte_count)
    return;
  ksuid::bytes raw;
  std::copy_n(text.begin(), raw.size(), raw.begin());
  const ksuid made{raw};
  auto again = ksuid::parse(made.str());
  ES_LAW(again && *again == made);
}

#include "eventsource/store/event_log.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <limits>

namespace event_log_test {

using namespace es;
using namespace es::store;

ES_TEST("a position is written and read back") {
  const position largest{.epoch = std::numeric_limits<std::int64_t>::max(),
                         .transaction =
                           std::numeric_limits<std::uint64_t>::max(),
                         .number = std::numeric_limits<std::int64_t>::max()};
  for (const auto& place : {position{}, position{1, 745, 33}, largest})
    ES_CHECK(parse_position(to_string(place)).value() == place);
  ES_CHECK_EQ(to_string(position{1, 745, 33}), "1-745-33");
}

ES_TEST("what is no position is refused") {
  for (auto text : {"", "1", "1-2", "1-2-", "-1-2-3", "1--2-3", "1-2-3-4",
                    "1-2-3 ", "a-b-c", "99999999999999999999-1-1"}) {
    const auto read = parse_position(text);
    ES_CHECK(!read && read.error().code == errc::invalid);
  }
}

ES_TEST("positions sort by epoch, then transaction, then number") {
  ES_CHECK(position{} < position({0, 0, 1}));
  ES_CHECK(position({0, 9, 9}) < position({1, 0, 0}));
  ES_CHECK(position({1, 1, 9}) < position({1, 2, 0}));
  ES_CHECK(position({1, 2, 0}) < position({1, 2, 1}));
}

} // namespace event_log_test

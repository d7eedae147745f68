#include "eventsource/actors/stream_publisher.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <sstream>

namespace stream_publisher_test {

using namespace es;
using namespace es::actors;

namespace {

std::vector<outgoing_event> two_events() {
  std::vector<outgoing_event> all(2);
  all[0].cloud_event = R"({"id":"evt_1"})";
  all[1].cloud_event = R"({"id":"evt_2"})";
  return all;
}

/// A disk that is full.
class full_disk : public std::streambuf {
  int_type overflow(int_type) override {
    return traits_type::eof();
  }
};

} // namespace

ES_TEST("each event is a line, in order") {
  std::ostringstream out;
  const auto outcomes = stream_publisher{out}.publish(two_events());
  ES_CHECK_EQ(out.str(), "{\"id\":\"evt_1\"}\n{\"id\":\"evt_2\"}\n");
  ES_REQUIRE_EQ(outcomes.size(), 2u);
  ES_CHECK(outcomes[0].has_value() && outcomes[1].has_value());
}

ES_TEST("output that takes nothing is an outage, and is tried again") {
  full_disk disk;
  std::ostream out{&disk};
  stream_publisher to{out};
  for (int i = 0; i < 2; ++i) {
    const auto outcomes = to.publish(two_events());
    ES_REQUIRE_EQ(outcomes.size(), 2u);
    ES_CHECK(outcomes[0].error().code == errc::unavailable);
  }
}

} // namespace stream_publisher_test

#include "eventsource/actors/nats/acknowledgement.hpp"
#include "eventsource/actors/nats/nats_publisher.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace nats_acknowledgement_test {

using namespace es;
using namespace es::actors;
using namespace es::actors::nats;

namespace {

errc code_of(std::string_view answer) {
  auto outcome = read_acknowledgement(answer);
  ES_REQUIRE(!outcome);
  return outcome.error().code;
}

} // namespace

ES_TEST("a stored message and a duplicate of one are acknowledged") {
  ES_CHECK(read_acknowledgement(R"({"stream":"EVENTS","seq":7})").has_value());
  ES_CHECK(
    read_acknowledgement(R"({"stream":"EVENTS","seq":7,"duplicate":true})")
      .has_value());
}

ES_TEST("what is wrong with a message counts against it, what is wrong with "
        "the broker does not") {
  ES_CHECK(code_of(R"({"error":{"code":400,"err_code":10054,)"
                   R"("description":"message size exceeds maximum allowed"}})")
           == errc::invalid);
  ES_CHECK(code_of(R"({"error":{"code":503,"description":"no quorum"}})")
           == errc::unavailable);
  ES_CHECK(code_of(R"({"error":{}})") == errc::unavailable);
  ES_CHECK(code_of(R"({"error":{"code":"400"}})") == errc::unavailable);
  ES_CHECK(code_of(R"({"error":{"code":1e300}})") == errc::unavailable);
  ES_CHECK(code_of(R"({"error":{"code":400,"description":7}})")
           == errc::invalid);
  for (auto text : {"", "+OK", "[]", "{}", R"({"error":"no"})"})
    ES_CHECK(code_of(text) == errc::unavailable);
}

ES_TEST("a value becomes one token of a subject") {
  for (auto [value, token] : {std::pair{"item_added", "item_added"},
                              {"a.b c*>", "a_b_c__"},
                              {"\xc3\xa4", "__"},
                              {"", "_"},
                              {"Shop-2", "Shop-2"}}) {
    std::string subject;
    append_token(subject, value);
    ES_CHECK_EQ(subject, token);
  }
}

ES_TEST("options that can't be are refused before any connection") {
  for (auto subject : {"", ".a", "a.", "a..b", "a b", "a.*", "a.>", "{nobody}"})
    ES_CHECK(!nats_publisher::make({.subject = subject}).has_value());
  ES_CHECK(!nats_publisher::make({.in_flight_max = 0}).has_value());
  ES_CHECK(nats_publisher::make({}).has_value());
}

} // namespace nats_acknowledgement_test

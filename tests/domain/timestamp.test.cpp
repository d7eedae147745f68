#include "eventsource/domain/timestamp.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace timestamp_test {

using namespace es;

ES_TEST("a time is written in UTC with six digits") {
  ES_CHECK_EQ(es::to_string(timestamp{}), "1970-01-01T00:00:00.000000Z");
  timestamp t{std::chrono::microseconds{1'714'564'800'000'001}};
  ES_CHECK_EQ(es::to_string(t), "2024-05-01T12:00:00.000001Z");
  timestamp before{std::chrono::microseconds{-1}};
  ES_CHECK_EQ(es::to_string(before), "1969-12-31T23:59:59.999999Z");
  // What no text is read as can still be computed, and must not look like
  // another year.
  timestamp far{std::chrono::sys_days{std::chrono::year{12345} / 1 / 2}};
  ES_CHECK_EQ(es::to_string(far), "12345-01-02T00:00:00.000000Z");
}

ES_TEST("what is written reads back to the microsecond") {
  for (std::int64_t micros :
       {0LL, 1LL, -1LL, 1'714'564'800'123'456LL, 253'402'300'799'999'999LL}) {
    timestamp t{std::chrono::microseconds{micros}};
    ES_CHECK(parse_timestamp(es::to_string(t)).value() == t);
  }
}

ES_TEST("the usual forms of ISO 8601 are read") {
  auto noon = parse_timestamp("2024-05-01T12:00:00Z").value();
  for (const char* text :
       {"2024-05-01T12:00:00", "2024-05-01 12:00", "2024-05-01t12:00:00.0z",
        "2024-05-01T14:00:00+02", "2024-05-01T14:00:00+0200",
        "2024-05-01T07:30:00-04:30"})
    ES_CHECK(parse_timestamp(text).value() == noon);
  ES_CHECK(parse_timestamp("2024-05-01").value()
           == noon - std::chrono::hours(12));
  ES_CHECK(parse_timestamp("2024-02-29").has_value());
}

ES_TEST("what this library writes is read as anybody's is") {
  for (const char* text :
       {"2024-05-01T12:34:56.789012", "0000-01-01T00:00:00.000000",
        "1969-12-31T23:59:59.999999", "2024-02-29T23:59:59.000001",
        "9999-12-31T23:59:59.999999"}) {
    const auto own = parse_timestamp(std::string{text} + "Z");
    ES_REQUIRE(own.has_value());
    ES_CHECK(*own == parse_timestamp(std::string{text} + "+00:00").value());
    ES_CHECK_EQ(es::to_string(*own), std::string{text} + "Z");
  }
}

ES_TEST("what is no time is refused as invalid and quoted") {
  for (const char* text : {"",
                           "now",
                           "2024",
                           "2024-13-01",
                           "2023-02-29",
                           "2024-05-01T",
                           "2024-05-01T24:00:00Z",
                           "2024-05-01T12:60Z",
                           "2024-05-01T12:00:00.Z",
                           "2024-05-01T12:00:00Zx",
                           "2024-05-01T12:00:00+",
                           "20240501T120000Z",
                           "2023-02-29T12:00:00.000000Z",
                           "2024-05-01T24:00:00.000000Z",
                           "2024-05-01T12:60:00.000000Z",
                           "2024-05-01T12:00:60.000000Z",
                           "2024-05-01T12:00:00.00000/Z",
                           "2024-05-0:T12:00:00.000000Z",
                           "2024-05-01T12:00:00+02:3",
                           "9999-12-31T23:59:59-00:01",
                           "0000-01-01T00:00:00+00:01"}) {
    auto t = parse_timestamp(text);
    ES_REQUIRE(!t);
    ES_CHECK(t.error().code == errc::invalid);
    ES_CHECK(t.error().message.find(text) != std::string::npos);
  }
}

} // namespace timestamp_test

#include "eventsource/store/postgres/retry_pause.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <vector>

namespace retry_pause_test {

using es::store::postgres::retry_pause;
using namespace std::chrono_literals;

namespace {

/// Always draws the same.
retry_pause drawing(double number) {
  return {[number] { return number; }, [](std::chrono::microseconds) {}};
}

} // namespace

ES_TEST("each pause before a retry is twice the one before it") {
  const auto pause = drawing(0.5);
  ES_CHECK(pause.length(1, 4ms) == 4ms);
  ES_CHECK(pause.length(2, 4ms) == 8ms);
  ES_CHECK(pause.length(3, 4ms) == 16ms);
  ES_CHECK(pause.length(3, 100ms) == 400ms);
}

ES_TEST("a pause is between the half and one and a half of what it would be") {
  ES_CHECK(drawing(0).length(2, 4ms) == 4ms);
  ES_CHECK(drawing(0.25).length(2, 4ms) == 6ms);
  ES_CHECK(drawing(0.999).length(2, 4ms) < 12ms);
  ES_CHECK(drawing(0.999).length(2, 4ms) > 11ms);
}

ES_TEST("pauses stop growing at a bound, however many there were") {
  const auto pause = drawing(0.5);
  for (int retry : {9, 10, 30, 100, 2'000'000'000})
    ES_CHECK(pause.length(retry, 4ms) == retry_pause::longest);
  ES_CHECK(drawing(0.999).length(100, 4ms) < retry_pause::longest * 3 / 2);
}

ES_TEST("a pause sleeps for as long as it says, with a new draw each time") {
  std::vector<double> draws{0.0, 0.75};
  std::vector<std::chrono::microseconds> slept;
  const retry_pause pause{[&] {
                            const auto next = draws.back();
                            draws.pop_back();
                            return next;
                          },
                          [&](auto length) { slept.push_back(length); }};
  pause(1, 4ms);
  pause(1, 4ms);
  ES_REQUIRE_EQ(slept.size(), 2u);
  ES_CHECK(slept[0] == 5ms);
  ES_CHECK(slept[1] == 2ms);
}

ES_TEST("pauses that nobody chose are hardly ever the same") {
  const retry_pause pause;
  int equal = 0;
  for (int i = 0; i < 100; ++i)
    equal += pause.length(5, 100ms) == pause.length(5, 100ms) ? 1 : 0;
  ES_CHECK(equal < 50);
}

} // namespace retry_pause_test

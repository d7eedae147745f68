#include "eventsource/store/postgres/answer_watch.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>

namespace answer_watch_test {

using es::store::postgres::answer_watch;
using namespace std::chrono_literals;

namespace {

bool asks(const answer_watch& watch) {
  return watch.next().give_up.count() > 0;
}

void learn(answer_watch& watch, int answers, answer_watch::clock::duration took,
           bool alone = true) {
  for (int i = 0; i < answers; ++i)
    watch.learn({.took = took, .alone = alone});
}

/// What becomes of answers that take so long, where sleeps are longer than they
/// should be.
struct waits {
  int too_soon = 0;
  answer_watch::clock::duration polled{0};
};

waits wait_for(answer_watch& watch, int answers,
               answer_watch::clock::duration took,
               answer_watch::clock::duration oversleep) {
  waits all;
  for (int i = 0; i < answers; ++i) {
    const auto rest = watch.next().rest;
    const auto slept = rest.count() > 0 ? rest + oversleep : rest;
    answer_watch::sight seen{.took = took};
    if (slept >= took)
      seen.too_soon = true;
    else if (asks(watch))
      seen.polled = took - slept;
    all.too_soon += seen.too_soon ? 1 : 0;
    all.polled += seen.polled;
    watch.learn(seen);
  }
  return all;
}

/// What one side writes the other one reads.
struct two_ends {
  two_ends() {
    ES_REQUIRE_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  }

  two_ends(const two_ends&) = delete;
  two_ends& operator=(const two_ends&) = delete;

  ~two_ends() {
    for (int end : ends)
      ::close(end);
  }

  void send(char letter) {
    ES_REQUIRE_EQ(::write(ends[0], &letter, 1), 1);
  }

  char take() {
    char letter = 0;
    ES_REQUIRE_EQ(::read(ends[1], &letter, 1), 1);
    return letter;
  }

  std::array<int, 2> ends{};
};

} // namespace

ES_TEST("before it knows how long answers take it sleeps") {
  ES_CHECK(!asks(answer_watch{500us}));
}

ES_TEST(
  "when answers take no longer than the limit it asks for the next, until "
  "twice that time") {
  answer_watch watch{500us};
  learn(watch, 40, 400us);
  ES_CHECK(watch.next().give_up >= 800us);
  ES_CHECK(watch.next().give_up < 900us);
}

ES_TEST("it rests for most of the time that answers take, however long sleeps "
        "are") {
  for (const auto oversleep : {10us, 60us, 150us}) {
    answer_watch watch{500us};
    wait_for(watch, 200, 300us, oversleep);
    const auto later = wait_for(watch, 1'000, 300us, oversleep);
    ES_CHECK(later.too_soon < 150);
    ES_CHECK(later.polled < 1'000 * 100us);
  }
}

ES_TEST("when answers come sooner it soon rests for less") {
  answer_watch watch{500us};
  wait_for(watch, 200, 450us, 60us);
  const auto sooner = wait_for(watch, 50, 200us, 60us);
  ES_CHECK(sooner.too_soon < 20);
}

ES_TEST(
  "before an answer that comes sooner than a sleep ends there is mostly no "
  "rest") {
  answer_watch watch{500us};
  wait_for(watch, 1'000, 40us, 60us);
  ES_CHECK(asks(watch));
  ES_CHECK(watch.next().rest == 0us);
  ES_CHECK(wait_for(watch, 1'000, 60us, 60us).too_soon < 250);
}

ES_TEST(
  "when answers take longer than the limit it sleeps, and asks again when "
  "they don't") {
  answer_watch watch{500us};
  learn(watch, 40, 200us);
  learn(watch, 40, 600us);
  ES_CHECK(!asks(watch));
  learn(watch, 40, 200us);
  ES_CHECK(asks(watch));
}

ES_TEST("one answer that takes very long is not remembered for long") {
  answer_watch watch{500us};
  learn(watch, 40, 450us);
  learn(watch, 1, 10s);
  ES_CHECK(!asks(watch));
  learn(watch, 20, 200us);
  ES_CHECK(asks(watch));
}

ES_TEST("after an answer beside which something else was stored it sleeps, "
        "until several were alone") {
  answer_watch watch{500us};
  learn(watch, 40, 200us);
  ES_CHECK(asks(watch));
  learn(watch, 1, 200us, false);
  ES_CHECK(!asks(watch));
  learn(watch, 2, 200us);
  ES_CHECK(!asks(watch));
  learn(watch, 10, 200us);
  ES_CHECK(asks(watch));
}

ES_TEST("a limit of nothing always sleeps") {
  answer_watch watch{0us};
  learn(watch, 40, 0us);
  ES_CHECK(!asks(watch));
}

ES_TEST(
  "what is taken is given on, whether it came before it was asked for, or "
  "not before it was given up") {
  answer_watch watch{10ms};
  two_ends link;
  learn(watch, 100, 1us);
  ES_REQUIRE(asks(watch));
  link.send('a');
  ES_CHECK_EQ(watch.await(link.ends[1], [&] { return link.take(); }), 'a');
  // Nothing comes until it is given up.
  ES_CHECK_EQ(watch.await(link.ends[1],
                          [&] {
                            link.send('b');
                            return link.take();
                          }),
              'b');
}

ES_TEST("it learns whether anything else is stored") {
  answer_watch watch{10ms};
  two_ends link;
  const auto answer = [&] {
    link.send('a');
    watch.await(link.ends[1], [&] { return link.take(); });
  };
  learn(watch, 100, 1us);
  {
    const answer_watch::work own;
    answer();
    ES_CHECK(asks(watch));
    const answer_watch::work other;
    answer();
    ES_CHECK(!asks(watch));
  }
  for (int i = 0; i < 10; ++i)
    answer();
  ES_CHECK(asks(watch));
}

} // namespace answer_watch_test

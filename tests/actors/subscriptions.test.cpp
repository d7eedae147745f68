#include "eventsource/tests/actors/subscribed.hpp"

#include <map>

namespace subscriptions_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

/// Answers only when the test says so.
class slow_subscriber : public caf::event_based_actor {
public:
  struct log {
    names seen;
    std::vector<std::uint64_t> tickets;
    caf::actor from;
  };

  slow_subscriber(caf::actor_config& config, std::shared_ptr<log> into)
    : caf::event_based_actor(config), log_(std::move(into)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {
      [this](const events_delivered& delivered) {
        for (const auto& each : *delivered.events)
          log_->seen.push_back(std::to_string(each.event.version));
        log_->tickets.push_back(delivered.ticket);
        log_->from = caf::actor_cast<caf::actor>(current_sender());
      },
    };
  }

  void on_exit() override {
    log_->from = nullptr;
  }

private:
  std::shared_ptr<log> log_;
};

const names first_three = {"account_opened:1", "deposited:2", "deposited:3"};

} // namespace

// -- one stream ---------------------------------------------------------------

ES_TEST_WITH(subscribed, "what was stored before and what is stored now come "
                         "in one stream, at once") {
  open_with(5);
  subscribe();
  deposit();
  // No time has passed: nobody had to poll.
  ES_CHECK(seen == first_three);
}

ES_TEST_WITH(subscribed, "a subscription from now on gets nothing of before") {
  open_with(5);
  subscribe({.start = {.what = subscription_start::kind::end}});
  ES_CHECK(seen.empty());
  deposit();
  ES_CHECK(seen == names({"deposited:3"}));
}

ES_TEST_WITH(subscribed, "a subscription from a place gets what is behind it") {
  open_with(5);
  deposit();
  const auto place = store().log().find_position(id, 2).value();
  subscribe({.start = {.what = subscription_start::kind::at, .place = *place}});
  ES_CHECK(seen == names({"deposited:3"}));
}

ES_TEST_WITH(subscribed, "only what passes the filter is delivered") {
  open_with(5);
  subscribe({.filter = {.event_types = {"deposited"}}});
  deposit();
  ES_CHECK(seen == names({"deposited:2", "deposited:3"}));
}

ES_TEST_WITH(subscribed, "one aggregate is followed live") {
  open_with(5);
  const auto other = new_id<bank::account>();
  ES_REQUIRE(execute<bank::account>(other, bank::open_account{"Bob"}));
  subscribe({.filter = {.aggregate_id = id}});
  ES_REQUIRE(execute<bank::account>(other, bank::deposit{1}));
  deposit();
  ES_CHECK(seen == first_three);
}

ES_TEST_WITH(subscribed, "what another program stores is found by polling") {
  open_with(5);
  subscribe();
  foreign_event(3, "deposited", 1);
  run();
  ES_CHECK_EQ(seen.size(), 2u);
  advance(actors::settings{}.subscriptions.poll_interval);
  ES_CHECK(seen == first_three);
}

ES_TEST_WITH(subscribed, "a filter that can't be is refused when subscribing") {
  auto made = runtime().subscriptions().subscribe(
    {.filter = {.metadata_value = "x"}}, noting());
  ES_REQUIRE(!made);
  ES_CHECK(made.error().code == errc::invalid);
  made = runtime().subscriptions().subscribe(
    {.name = "shared", .partitions = 0}, noting());
  ES_CHECK(!made);
}

// -- credit -------------------------------------------------------------------

ES_TEST_WITH(subscribed, "a slow subscriber gets no more than its credit, and "
                         "the rest when it answers") {
  open_with(1);
  for (int i = 0; i < 10; ++i)
    deposit();
  auto log = std::make_shared<slow_subscriber::log>();
  auto subscriber = system().spawn<slow_subscriber>(log);
  auto made = runtime().subscriptions().subscribe({}, subscriber);
  ES_REQUIRE(made);
  run();
  advance(10s);
  ES_CHECK(log->seen == names({"1", "2", "3", "4"}));
  ES_CHECK_EQ(figures(made->parts[0]).in_flight, 4u);
  // One answer for all that came before.
  compat::tell_anonymously(log->from, events_handled{log->tickets[1]});
  run();
  ES_CHECK_EQ(log->seen.size(), 8u);
  ES_CHECK_EQ(figures(made->parts[0]).events, 4u);
  // An answer to what nobody asked changes nothing.
  compat::tell_anonymously(log->from, events_refused{99, "what?"});
  run();
  ES_CHECK_EQ(log->seen.size(), 8u);
  caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
  run();
}

ES_TEST_WITH(subscribed, "a subscription ends with its subscriber") {
  open_with(1);
  auto log = std::make_shared<slow_subscriber::log>();
  auto subscriber = system().spawn<slow_subscriber>(log);
  auto made = runtime().subscriptions().subscribe({.name = "mine"}, subscriber);
  ES_REQUIRE(made);
  run();
  caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
  run();
  ES_CHECK(runtime().subscriptions().parts().empty());
  // Its lease is free for the next one.
  ES_CHECK(store().leases().list_leases().value()[0].expired);
}

// -- durability ---------------------------------------------------------------

ES_TEST_WITH(subscribed, "a named subscription goes on where it was, also in "
                         "another process") {
  open_with(5);
  subscribe({.name = "mirror"});
  ES_CHECK_EQ(seen.size(), 2u);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  restart();
  subscribe({.name = "mirror"});
  // The one that was killed did not give its lease back.
  advance(actors::settings{}.subscriptions.lease_duration + 6s);
  ES_CHECK_EQ(seen.size(), 2u);
  deposit();
  ES_CHECK(seen == first_three);
}

ES_TEST_WITH(subscribed, "of a named subscription one instance runs, and "
                         "another one when that one stops") {
  const auto first = subscribe({.name = "mirror"});
  names others;
  auto second = runtime().subscriptions().subscribe(
    {.name = "mirror"},
    [&](std::span<const store::logged_event> events) -> result<void> {
      for (const auto& each : events)
        others.push_back(std::to_string(each.event.version));
      return {};
    });
  ES_REQUIRE(second);
  open_with(5);
  advance(1min);
  ES_CHECK_EQ(seen.size(), 2u);
  ES_CHECK(others.empty());
  ES_CHECK(figures(second->parts[0]).what
           == subscription_figures::activity::waiting);
  compat::tell_anonymously(first.parts[0], actors::stop{});
  run();
  advance(1min);
  deposit();
  ES_CHECK_EQ(seen.size(), 2u);
  ES_CHECK(others == names({"3"}));
}

ES_TEST_WITH(subscribed, "a subscription that lost its lease does not move the "
                         "checkpoint, and lets the new owner go on") {
  subscribe({.name = "mirror"});
  open_with(5);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  advance(1h);
  const auto name = store::subscription_key{.name = "mirror"}.lease_name();
  const auto held = store().leases().list_leases().value().at(0).lease;
  ES_REQUIRE(store().leases().release_lease(held));
  const auto taken =
    store().leases().acquire_lease(name, "another", 1h).value();
  ES_REQUIRE(taken.has_value());
  deposit();
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  ES_REQUIRE(store().leases().release_lease(*taken));
  advance(1min);
  // Delivered again: the first time it could not be noted.
  ES_CHECK_EQ(checkpoint_of("mirror").events, 3);
  ES_CHECK(seen.back() == "deposited:3");
}

ES_TEST_WITH(subscribed,
             "partitions share the aggregates, each with all of its "
             "events in order") {
  std::map<std::string, version_t> heads;
  auto made = runtime().subscriptions().subscribe(
    {.name = "shared", .partitions = 3},
    [&](std::span<const store::logged_event> events) -> result<void> {
      for (const auto& each : events)
        ES_CHECK_EQ(++heads[each.event.aggregate_id], each.event.version);
      return {};
    });
  ES_REQUIRE(made);
  ES_CHECK_EQ(made->parts.size(), 3u);
  for (int i = 0; i < 12; ++i) {
    id = new_id<bank::account>();
    open_with(1);
  }
  ES_CHECK_EQ(heads.size(), 12u);
  for (const auto& [each, head] : heads)
    ES_CHECK_EQ(head, 2);
  for (const auto& part : made->parts)
    ES_CHECK_LT(0u, figures(part).events);
}

ES_TEST_WITH(subscribed, "another number of partitions is refused, and changes "
                         "nothing") {
  subscribe({.name = "shared", .partitions = 2});
  const auto wrong = subscribe({.name = "shared", .partitions = 3});
  const auto told = figures(wrong.parts[2]);
  ES_CHECK(told.what == subscription_figures::activity::stopped);
  ES_CHECK(told.error.find("2 partitions") != std::string::npos);
}

// -- failures -----------------------------------------------------------------

ES_TEST_WITH(subscribed, "refused events come again after a pause, and in "
                         "order") {
  broken = true;
  subscribe({.name = "mirror"});
  open_with(5);
  ES_CHECK_EQ(calls, 1);
  run();
  ES_CHECK_EQ(calls, 1);
  advance(1s);
  ES_CHECK_LT(1, calls);
  broken = false;
  advance(1min);
  deposit();
  ES_CHECK(seen == first_three);
}

ES_TEST_WITH(subscribed, "a subscriber that refuses for ever stops its "
                         "subscription, until it is resumed") {
  broken = true;
  const auto made = subscribe({.name = "mirror"});
  open_with(5);
  advance(10min);
  ES_CHECK_EQ(calls, 1 + actors::settings{}.subscriptions.retries_max);
  const auto stopped_at = checkpoint_of("mirror");
  ES_CHECK(stopped_at.state == store::subscription_state::stopped);
  ES_CHECK(stopped_at.error.find("broken") != std::string::npos);
  ES_CHECK(figures(made.parts[0]).what
           == subscription_figures::activity::stopped);
  broken = false;
  ES_REQUIRE(store().subscriptions().set_state(
    "mirror", store::subscription_state::running, ""));
  advance(1s);
  ES_CHECK_EQ(seen.size(), 2u);
}

ES_TEST_WITH(subscribed, "a paused subscription delivers nothing until it is "
                         "resumed") {
  const auto made = subscribe({.name = "mirror"});
  open_with(5);
  ES_REQUIRE(store().subscriptions().set_state(
    "mirror", store::subscription_state::paused, ""));
  deposit();
  advance(1s);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  const auto so_far = seen.size();
  deposit();
  advance(1min);
  ES_CHECK_EQ(seen.size(), so_far);
  ES_CHECK(figures(made.parts[0]).what
           == subscription_figures::activity::paused);
  ES_REQUIRE(store().subscriptions().set_state(
    "mirror", store::subscription_state::running, ""));
  advance(1s);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 4);
  ES_CHECK(seen.back() == "deposited:4");
}

// -- stopping -----------------------------------------------------------------

namespace {

struct stopping : subscribed {
  explicit stopping(std::chrono::milliseconds stop_timeout = 30s)
    : subscribed(with(stop_timeout)) {
    open_with(5);
    const auto subscriber = system().spawn<slow_subscriber>(log);
    auto made =
      runtime().subscriptions().subscribe({.name = "mirror"}, subscriber);
    ES_REQUIRE(made);
    run();
    ES_REQUIRE(log->tickets.size() == 1u);
    runtime().begin_stop([this](stop_report report) {
      is_stopped = true;
      is_late = !report.late.empty();
    });
    run();
  }

  static actors::settings with(std::chrono::milliseconds stop_timeout) {
    auto how = few_at_once();
    how.runtime.stop_timeout = stop_timeout;
    return how;
  }

  template <class Answer>
  void answer(Answer with) {
    compat::tell_anonymously(log->from, std::move(with));
    run();
  }

  std::shared_ptr<slow_subscriber::log> log =
    std::make_shared<slow_subscriber::log>();
  bool is_stopped = false;
  bool is_late = false;
};

struct stopping_soon : stopping {
  stopping_soon() : stopping(2s) {
    // nop
  }
};

} // namespace

ES_TEST_WITH(stopping, "what was delivered before the stop is answered, and "
                       "does not come again") {
  ES_CHECK(!is_stopped);
  answer(events_handled{log->tickets[0]});
  ES_CHECK(is_stopped && !is_late);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  ES_CHECK(store().leases().list_leases().value().at(0).expired);
}

ES_TEST_WITH(stopping,
             "what is refused after the stop comes again, elsewhere") {
  answer(events_refused{log->tickets[0], "no"});
  ES_CHECK(is_stopped && !is_late);
  ES_CHECK_EQ(log->tickets.size(), 1u);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 0);
}

ES_TEST_WITH(stopping, "a subscriber that does not answer does not hold the "
                       "stop for longer than its lease is safe") {
  advance(actors::settings{}.subscriptions.lease_duration / 2);
  ES_CHECK(is_stopped && !is_late);
  ES_CHECK_EQ(checkpoint_of("mirror").events, 0);
  ES_CHECK(store().leases().list_leases().value().at(0).expired);
}

ES_TEST_WITH(stopping_soon, "a subscriber that does not answer does not use up "
                            "the time of the stop") {
  advance(1500ms);
  ES_CHECK(is_stopped && !is_late);
}

ES_TEST_WITH(subscribed, "a runtime that stops saves checkpoints and gives "
                         "leases back") {
  subscribe({.name = "mirror"});
  open_with(5);
  ES_CHECK(stops_cleanly());
  ES_CHECK_EQ(checkpoint_of("mirror").events, 2);
  ES_CHECK(store().leases().list_leases().value().at(0).expired);
}

} // namespace subscriptions_test

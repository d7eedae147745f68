#include "eventsource/tests/actors/relay_world.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace outbox_relay_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

error away() {
  return {errc::unavailable, "the broker is away"};
}

error refused() {
  return {errc::invalid, "the broker refuses it"};
}

struct fixture : relay_world {
  using relay_world::relay_world;
};

struct small_batches : relay_world {
  small_batches()
    : relay_world([] {
        auto how = prompt();
        how.outbox.batch_events_max = 2;
        return how;
      }()) {
    // nop
  }
};

struct unordered : relay_world {
  unordered()
    : relay_world([] {
        auto how = prompt();
        how.outbox.ordered = false;
        how.outbox.batch_events_max = 2;
        return how;
      }()) {
    // nop
  }
};

struct partitioned : relay_world {
  partitioned()
    : relay_world([] {
        auto how = prompt();
        how.outbox.partitions = 4;
        how.outbox.batch_events_max = 3;
        return how;
      }()) {
    // nop
  }
};

} // namespace

// -- failures first -----------------------------------------------------------

ES_TEST_WITH(fixture, "an event that can't be published holds back its own "
                      "aggregate, and becomes a dead letter") {
  const auto bad = account_with(3);
  const auto good = account_with(2);
  out->answer = [&](const outgoing_event& x) -> result<void> {
    if (x.event.aggregate_id == bad && x.event.version == 4)
      return tl::unexpected(refused());
    return {};
  };
  relay();
  ES_CHECK(out->versions_of(bad) == versions({3}));
  ES_CHECK(out->versions_of(good) == versions({3, 4}));
  ES_CHECK(dead().empty());
  advance(10s);
  ES_CHECK(out->versions_of(bad) == versions({3}));
  ES_REQUIRE_EQ(dead().size(), 1u);
  ES_CHECK_EQ(dead()[0].version, 4);
  ES_CHECK_EQ(dead()[0].attempts, 3);
  ES_CHECK(dead()[0].last_error.find("the broker refuses it")
           != std::string::npos);
  // The others go on, and so does it after an operator's retry.
  withdraw(good);
  run();
  ES_CHECK(out->versions_of(good) == versions({3, 4, 5}));
  out->answer = nullptr;
  const std::vector<std::string> ids{dead()[0].event_id};
  ES_CHECK_EQ(store().outbox().retry_outbox(ids).value(), 1u);
  advance(1s);
  ES_CHECK(out->versions_of(bad) == versions({3, 4, 5}));
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture,
             "a dead letter that is dropped lets its aggregate go on") {
  const auto bad = account_with(2);
  out->answer = [&](const outgoing_event& x) -> result<void> {
    if (x.event.version == 3)
      return tl::unexpected(refused());
    return {};
  };
  relay();
  advance(10s);
  ES_REQUIRE_EQ(dead().size(), 1u);
  const std::vector<std::string> ids{dead()[0].event_id};
  ES_CHECK_EQ(store().outbox().drop_outbox(ids).value(), 1u);
  advance(1s);
  ES_CHECK(out->versions_of(bad) == versions({4}));
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "pauses between attempts double up to their bound, less "
                      "a random half") {
  how.outbox.attempts_max = 6;
  reconfigure(how);
  account_with(1);
  std::vector<std::chrono::nanoseconds> tries;
  out->answer = [&](const outgoing_event&) -> result<void> {
    tries.push_back(scheduler().now());
    return tl::unexpected(refused());
  };
  how.outbox.poll_interval = 10ms;
  reconfigure(how);
  relay();
  for (int i = 0; i < 300; ++i)
    advance(10ms);
  ES_REQUIRE_EQ(tries.size(), 6u);
  for (auto [place, bound] :
       {std::pair{1, 100ms}, {2, 200ms}, {3, 400ms}, {4, 400ms}, {5, 400ms}}) {
    const auto pause = tries[place] - tries[place - 1];
    ES_CHECK(pause >= bound / 2);
    ES_CHECK(pause <= bound + 10ms);
  }
}

ES_TEST_WITH(fixture, "while nothing can be published no event is blamed, and "
                      "all is published in order afterwards") {
  const auto one = account_with(3);
  const auto two = account_with(3);
  bool is_away = true;
  out->answer = [&](const outgoing_event&) -> result<void> {
    if (is_away)
      return tl::unexpected(away());
    return {};
  };
  relay();
  advance(60s);
  const auto calls = out->calls.size();
  ES_CHECK_LT(100u, calls);
  ES_CHECK_LT(calls, 400u);
  ES_CHECK(dead().empty());
  for (const auto& row : rows())
    ES_CHECK_EQ(row.attempts, 0);
  is_away = false;
  advance(400ms);
  ES_CHECK(out->versions_of(one) == versions({3, 4, 5}));
  ES_CHECK(out->versions_of(two) == versions({3, 4, 5}));
  ES_CHECK_EQ(out->published.size(), 6u);
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "an outage in the middle of a batch keeps what was "
                      "published, and the order of the rest") {
  const auto one = account_with(4);
  int left = 2;
  out->answer = [&](const outgoing_event&) -> result<void> {
    if (left-- <= 0)
      return tl::unexpected(away());
    return {};
  };
  relay();
  ES_CHECK(out->versions_of(one) == versions({3, 4}));
  ES_CHECK_EQ(pending(), 2);
  out->answer = nullptr;
  advance(1s);
  ES_CHECK(out->versions_of(one) == versions({3, 4, 5, 6}));
}

ES_TEST_WITH(fixture, "a publisher that throws or forgets an outcome is an "
                      "outage") {
  const auto one = account_with(1);
  out->answer = [](const outgoing_event&) -> result<void> {
    throw std::runtime_error("boom");
  };
  relay();
  advance(2s);
  ES_CHECK_EQ(pending(), 1);
  ES_CHECK(dead().empty());
  out->answer = nullptr;
  advance(1s);
  ES_CHECK(out->versions_of(one) == versions({3}));
}

ES_TEST_WITH(fixture, "whatever a publisher throws is an outage") {
  const auto one = account_with(1);
  out->answer = [](const outgoing_event&) -> result<void> { throw 7; };
  relay();
  advance(2s);
  ES_CHECK_EQ(pending(), 1);
  out->answer = nullptr;
  advance(1s);
  ES_CHECK(out->versions_of(one) == versions({3}));
}

ES_TEST_WITH(fixture, "an event that is no CloudEvent is not sent, and becomes "
                      "a dead letter") {
  const auto bad = account_with(2);
  const auto good = account_with(1);
  store().corrupt_event(bad, 3, "{");
  relay();
  advance(10s);
  ES_CHECK(out->versions_of(bad).empty());
  ES_CHECK(out->versions_of(good) == versions({3}));
  ES_REQUIRE_EQ(dead().size(), 1u);
  ES_CHECK(dead()[0].last_error.find("corrupt") != std::string::npos);
}

ES_TEST_WITH(small_batches, "what was published but could not be noted is "
                            "noted later, not published again") {
  const auto one = account_with(3);
  store().fail_next_settle(away());
  relay();
  ES_CHECK_EQ(pending(), 3);
  advance(1s);
  ES_CHECK(out->versions_of(one) == versions({3, 4, 5}));
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "what was published before a crash but not noted is "
                      "published again, in order") {
  const auto one = account_with(2);
  out->answer = [&](const outgoing_event& x) -> result<void> {
    if (x.event.version == 4)
      store().fail_next_settle(away());
    return {};
  };
  relay();
  ES_CHECK_EQ(pending(), 2);
  restart();
  out->answer = nullptr;
  relay();
  advance(10s);
  ES_CHECK(out->versions_of(one) == versions({3, 4, 3, 4}));
  ES_CHECK_EQ(pending(), 0);
}

// -- leases -------------------------------------------------------------------

ES_TEST_WITH(fixture, "one relay publishes a partition; another takes over "
                      "when it falls silent") {
  relay();
  auto beside = std::make_shared<script>();
  auto other = other_relay(beside, "other", how.outbox);
  const auto one = account_with(2);
  advance(30s);
  ES_CHECK(out->versions_of(one) == versions({3, 4}));
  ES_CHECK(beside->calls.empty());
  restart(); // without its relay
  withdraw(one);
  advance(5s);
  ES_CHECK(beside->calls.empty());
  advance(10s);
  ES_CHECK(beside->versions_of(one) == versions({5}));
  end(other);
}

ES_TEST_WITH(fixture, "a relay that stops lets the next one in at once") {
  auto first = std::make_shared<script>();
  auto relaying = other_relay(first, "first", how.outbox);
  relay();
  const auto one = account_with(1);
  ES_CHECK(first->versions_of(one) == versions({3}) || pending() == 1);
  advance(1s);
  ES_CHECK(first->versions_of(one) == versions({3}));
  compat::tell_anonymously(relaying, actors::stop{});
  run();
  withdraw(one);
  advance(3s); // how often leases are asked for
  ES_CHECK(out->versions_of(one) == versions({4}));
}

ES_TEST_WITH(fixture, "a relay that lost its lease without knowing can't note "
                      "anything, and goes on when it has it back") {
  relay();
  const auto one = account_with(1);
  run();
  std::optional<store::held_lease> thief;
  out->answer = [&](const outgoing_event& x) -> result<void> {
    if (x.event.version != 4 || thief)
      return {};
    // A takeover between publishing and noting it.
    const auto mine = store().leases().list_leases().value().at(0).lease;
    ES_REQUIRE(store().leases().release_lease(mine).has_value());
    thief = store().leases().acquire_lease("outbox 1/1", "thief", 20s).value();
    return {};
  };
  withdraw(one);
  run();
  ES_REQUIRE(thief.has_value());
  ES_CHECK_EQ(pending(), 1);
  withdraw(one);
  advance(10s);
  ES_CHECK(out->versions_of(one) == versions({3, 4}));
  advance(20s);
  ES_CHECK(out->versions_of(one) == versions({3, 4, 4, 5}));
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "relays with another number of partitions keep away") {
  relay();
  auto beside = std::make_shared<script>();
  auto other = other_relay(beside, "other", how.outbox, {0, 2});
  const auto one = account_with(2);
  advance(30s);
  ES_CHECK(out->versions_of(one) == versions({3, 4}));
  ES_CHECK(beside->calls.empty());
  end(other);
}

ES_TEST_WITH(partitioned, "partitions share the aggregates, each in order") {
  std::vector<std::string> accounts;
  for (int i = 0; i < 12; ++i)
    accounts.push_back(account_with(4));
  relay();
  advance(5s);
  for (const auto& account : accounts)
    ES_CHECK(out->versions_of(account) == versions({3, 4, 5, 6}));
  std::size_t held = 0;
  const auto leases = store().leases().list_leases().value();
  for (const auto& lease : leases)
    held += lease.expired ? 0 : 1;
  ES_CHECK_EQ(held, 4u);
}

// -- without order ------------------------------------------------------------

ES_TEST_WITH(unordered, "without order relays share all events, each taken by "
                        "one") {
  std::vector<std::string> accounts;
  for (int i = 0; i < 6; ++i)
    accounts.push_back(account_with(3));
  auto beside = std::make_shared<script>();
  auto other = other_relay(beside, "other", how.outbox);
  relay();
  advance(5s);
  ES_CHECK_EQ(out->published.size() + beside->published.size(), 18u);
  ES_CHECK_EQ(pending(), 0);
  end(other);
}

ES_TEST_WITH(unordered, "without order a failed event holds back itself only") {
  const auto one = account_with(4);
  out->keeps_order = false;
  out->answer = [&](const outgoing_event& x) -> result<void> {
    if (x.event.version == 3)
      return tl::unexpected(refused());
    return {};
  };
  relay();
  advance(30s);
  ES_CHECK(out->versions_of(one) == versions({4, 5, 6}));
  ES_CHECK_EQ(dead().size(), 1u);
}

// -- everyday -----------------------------------------------------------------

ES_TEST_WITH(fixture, "a commit wakes the relay; what it publishes are "
                      "CloudEvents, and the outbox is empty then") {
  relay();
  advance(5ms);
  const auto one = account_with(2);
  run();
  ES_REQUIRE_EQ(out->published.size(), 2u);
  ES_CHECK_EQ(pending(), 0);
  const auto first = nlohmann::json::parse(out->published[0].cloud_event);
  ES_CHECK_EQ(first.at("id"), out->published[0].event.id);
  ES_CHECK_EQ(first.at("source"), "/account/" + one);
  ES_CHECK_EQ(first.at("type"), "withdrawn");
  ES_CHECK_EQ(first.at("data").at("amount"), 1);
  ES_CHECK(events().empty());
}

ES_TEST_WITH(fixture,
             "events that another process stored are found by polling") {
  relay();
  open_with(10);
  store::append_request foreign;
  foreign.aggregate_id = id;
  foreign.aggregate_type = "account";
  foreign.expected_version = 2;
  foreign.occurred_at = now();
  foreign.events.push_back(
    {"evt_foreign", "withdrawn", 1, R"({"amount":1})", true});
  ES_REQUIRE(store().write({&foreign, 1}).at(0).ok());
  run();
  ES_CHECK(out->published.empty());
  advance(1s);
  ES_CHECK(out->versions_of(id) == versions({3}));
}

ES_TEST_WITH(small_batches, "batches are bounded, and nothing is published "
                            "twice at their borders") {
  const auto one = account_with(5);
  const auto two = account_with(4);
  relay();
  ES_CHECK(out->versions_of(one) == versions({3, 4, 5, 6, 7}));
  ES_CHECK(out->versions_of(two) == versions({3, 4, 5, 6}));
  ES_CHECK_EQ(*std::max_element(out->calls.begin(), out->calls.end()), 2u);
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "published rows are purged when they are old enough") {
  how.outbox.keep_published = 30s;
  reconfigure(how);
  relay();
  account_with(2);
  advance(20s);
  ES_CHECK_EQ(store().scan_outbox("", 0, 10).value().size(), 2u);
  advance(80s);
  ES_CHECK_EQ(store().scan_outbox("", 0, 10).value().size(), 0u);
  ES_CHECK(store().outbox().purged_until().value().has_value());
}

ES_TEST_WITH(fixture, "a second relay in one runtime and a wrong template are "
                      "refused") {
  how.outbox.source = "/{aggregate}";
  reconfigure(how);
  auto make = [this]() -> result<std::unique_ptr<publisher>> {
    return std::make_unique<scripted_publisher>(out);
  };
  auto wrong = runtime().relay_outbox(make);
  ES_REQUIRE(!wrong);
  ES_CHECK(wrong.error().message.find("{aggregate}") != std::string::npos);
  how.outbox.source = "/x";
  reconfigure(how);
  relay();
  ES_CHECK(!runtime().relay_outbox(make).has_value());
}

ES_TEST_WITH(fixture, "a publisher that can't be made stops the start") {
  auto failed =
    runtime().relay_outbox([]() -> result<std::unique_ptr<publisher>> {
      return tl::unexpected(away());
    });
  ES_REQUIRE(!failed);
  ES_CHECK(failed.error() == away());
}

} // namespace outbox_relay_test

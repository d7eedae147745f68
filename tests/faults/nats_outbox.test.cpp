// The broker is killed and started again while the outbox is published to it.
#include "eventsource/actors/nats/nats_publisher.hpp"
#include "eventsource/tests/faults/fault_run.hpp"
#include "eventsource/tests/faults/nats_broker.hpp"

namespace nats_outbox_test {

using namespace es;
using namespace es::testing;

namespace {

void relay_soon(actors::settings& how) {
  how.outbox.retry_delay_min = std::chrono::milliseconds{50};
  how.outbox.retry_delay_max = std::chrono::milliseconds{200};
  how.outbox.batch_events_max = 100;
}

void publish_to(bank_runtime& runtime, actors::nats_options where) {
  must(runtime->relay_outbox(
    [where] { return actors::nats_publisher::make(where); }));
}

store::outbox_lag lag_of(bank_runtime& runtime) {
  return runtime->store().outbox().measure_outbox().value();
}

} // namespace

ES_TEST("a broker that is killed and started again under load has "
        "every event once, in order per aggregate") {
  rounds_of("killed broker", [](fault_round& round) {
    bank_server bank;
    nats_broker broker;
    {
      bank_runtime runtime{bank.store(), relay_soon};
      load_audit audit{round.seed()};
      expect_none(audit.open_accounts(*runtime));
      publish_to(runtime, {.url = broker.url(),
                           .stream = "EVENTS",
                           .ack_timeout = std::chrono::milliseconds{500}});
      round.begin();
      audit.start(*runtime);
      int kills = 0;
      while (round.goes_on()) {
        round.pause(50, 400);
        broker.kill();
        ++kills;
        round.pause(0, 200);
        broker.start();
      }
      expect_none(audit.stop());
      ES_CHECK_LT(1, kills);
      ES_REQUIRE(eventually([&] { return lag_of(runtime).pending == 0; }));
      ES_CHECK_EQ(lag_of(runtime).dead, 0);
      ES_CHECK(runtime->stop().clean());
    }
    const auto published = broker.read("EVENTS");
    expect_none(published.compare(bank.observe().link(), true));
    std::cout << "  " << published.summary() << std::endl;
  });
}

ES_TEST("a message that the broker refuses becomes a dead letter, and "
        "holds back its own aggregate") {
  bank_server bank;
  nats_broker broker;
  bank_runtime runtime{bank.store(), [](actors::settings& how) {
                         relay_soon(how);
                         how.outbox.attempts_max = 2;
                       }};
  // Above the broker's limit of 1 MiB for a message.
  auto write = [&](const std::string& id, version_t head, std::size_t bytes) {
    store::append_request append;
    append.aggregate_id = id;
    append.aggregate_type = "account";
    append.expected_version = head;
    append.events.push_back(
      {ksuid_generator::system().next("evt_"), "withdrawn", 1,
       "{\"note\":\"" + std::string(bytes, 'x') + "\"}", true});
    ES_REQUIRE(runtime->store().write({&append, 1}).at(0).ok());
  };
  write("acc_1", 0, 10);
  write("acc_1", 1, 2'000'000);
  write("acc_1", 2, 10);
  write("acc_2", 0, 10);
  publish_to(runtime, {.url = broker.url(), .stream = "EVENTS"});
  ES_REQUIRE(eventually([&] { return lag_of(runtime).dead == 1; }));
  ES_CHECK_EQ(lag_of(runtime).pending, 1);
  const auto dead = runtime->store().outbox().list_outbox({}, 10, true).value();
  ES_REQUIRE(dead.size() == 1u);
  ES_CHECK_EQ(dead[0].aggregate_id, "acc_1");
  ES_CHECK_EQ(dead[0].version, 2);
}

ES_TEST("without a stream for the subject nothing is lost, and no "
        "event is blamed") {
  bank_server bank;
  nats_broker broker;
  bank_runtime runtime{bank.store(), relay_soon};
  auto append = store::append_request{};
  append.aggregate_id = "acc_1";
  append.aggregate_type = "account";
  append.events.push_back(
    {ksuid_generator::system().next("evt_"), "withdrawn", 1, "{}", true});
  ES_REQUIRE(runtime->store().write({&append, 1}).at(0).ok());
  publish_to(runtime, {.url = broker.url()});
  ES_REQUIRE(eventually([&] {
    const auto relays = runtime->relays();
    return relays.size() == 1 && relays[0].outage
           && relays[0].outage->message.find("no stream") != std::string::npos;
  }));
  ES_CHECK_EQ(
    runtime->store().outbox().list_outbox({}, 10, false).value().at(0).attempts,
    0);
  // An operator makes one.
  {
    auto made = must(
      actors::nats_publisher::make({.url = broker.url(), .stream = "LATER"}));
    ES_CHECK(made->publish({}).empty());
  }
  ES_REQUIRE(eventually([&] { return lag_of(runtime).pending == 0; }));
}

ES_TEST("what is published twice, also by two processes, is one "
        "message of the stream") {
  nats_broker broker;
  std::vector<actors::outgoing_event> events(2);
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& out = events[i];
    out.event.id = "evt_" + std::to_string(i);
    out.event.aggregate_id = "acc_1";
    out.event.aggregate_type = "account";
    out.event.type = "with drawn";
    out.cloud_event = R"({"id":")" + out.event.id
                      + R"(","subject":"acc_1","sequence":")"
                      + std::to_string(i + 1) + "\"}";
  }
  for (int i = 0; i < 2; ++i) {
    auto to = must(
      actors::nats_publisher::make({.url = broker.url(), .stream = "EVENTS"}));
    // The broker needs a moment to start.
    ES_REQUIRE(eventually([&] { return to->publish(events)[1].has_value(); }));
    const auto again = to->publish(events);
    ES_REQUIRE(again.size() == 2u);
    ES_CHECK(again[0].has_value() && again[1].has_value());
  }
  ES_CHECK(broker.read("EVENTS").summary().starts_with(
    "2 events published, 0 of them again"));
}

} // namespace nats_outbox_test

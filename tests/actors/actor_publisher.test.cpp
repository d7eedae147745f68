#include "eventsource/actors/actor_publisher.hpp"

#include "eventsource/tests/actors/relay_world.hpp"

namespace actor_publisher_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

/// A program's own publisher: keeps each event until the test answers.
struct held_events {
  struct one {
    publish_event event;
    caf::typed_response_promise<event_published> answer;
  };

  std::vector<one> events;

  [[nodiscard]] std::vector<version_t> versions_of(const std::string& id) {
    std::vector<version_t> all;
    for (const auto& x : events)
      if (x.event.aggregate_id == id)
        all.push_back(x.event.version);
    return all;
  }
};

class holding_publisher : public caf::event_based_actor {
public:
  holding_publisher(caf::actor_config& config,
                    std::shared_ptr<held_events> held)
    : caf::event_based_actor(config), held_(std::move(held)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {
      [this](publish_event& event) -> caf::result<event_published> {
        auto answer = make_response_promise<event_published>();
        held_->events.push_back({std::move(event), answer});
        return answer;
      },
      // A promise may be kept only in the turn of the actor that gave it.
      [](call_back& f) { f.run(); },
    };
  }

private:
  std::shared_ptr<held_events> held_;
};

struct fixture : relay_world {
  explicit fixture(actors::settings how = prompt()) : relay_world(how) {
    target = system().spawn<holding_publisher>(held);
  }

  ~fixture() {
    caf::anon_send_exit(target, caf::exit_reason::kill);
    run();
    held->events.clear();
  }

  std::shared_ptr<held_events> held = std::make_shared<held_events>();
  caf::actor target;

  void relay_to_target() {
    ES_REQUIRE(runtime()
                 .relay_outbox(caf::actor_cast<publisher_handle>(target))
                 .has_value());
    run();
  }

  void answer(std::size_t index) {
    compat::tell_anonymously(target, call_back{[this, index] {
                               held->events.at(index).answer.deliver(
                                 event_published{});
                             }});
    run();
  }

  void refuse(std::size_t index, errc code) {
    compat::tell_anonymously(
      target, call_back{[this, index, code] {
        held->events.at(index).answer.deliver(to_caf({code, "no"}));
      }});
    run();
  }
};

struct two_in_flight : fixture {
  two_in_flight()
    : fixture([] {
        auto how = prompt();
        how.outbox.in_flight_max = 2;
        return how;
      }()) {
    // nop
  }
};

} // namespace

ES_TEST_WITH(fixture, "an actor gets each event when the one before it in its "
                      "aggregate is acknowledged") {
  const auto one = account_with(2);
  const auto two = account_with(1);
  relay_to_target();
  ES_CHECK(held->versions_of(one) == versions({3}));
  ES_CHECK(held->versions_of(two) == versions({3}));
  ES_CHECK_EQ(held->events[0].event.event_type, "withdrawn");
  ES_CHECK_EQ(held->events[0].event.aggregate_type, "account");
  ES_CHECK(held->events[0].event.cloud_event.find(R"("specversion":"1.0")")
           != std::string::npos);
  answer(1);
  ES_CHECK_EQ(held->events.size(), 2u);
  answer(0);
  ES_CHECK(held->versions_of(one) == versions({3, 4}));
  ES_CHECK_EQ(pending(), 3);
  answer(2);
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(two_in_flight, "so many aggregates are published to an actor at a "
                            "time") {
  for (int i = 0; i < 4; ++i)
    account_with(1);
  relay_to_target();
  ES_CHECK_EQ(held->events.size(), 2u);
  answer(0);
  ES_CHECK_EQ(held->events.size(), 3u);
  answer(1);
  answer(2);
  answer(3);
  ES_CHECK_EQ(pending(), 0);
}

ES_TEST_WITH(fixture, "an actor's error and its silence are failed attempts of "
                      "the event") {
  const auto refused = account_with(2);
  const auto silent = account_with(1);
  const auto fine = account_with(1);
  relay_to_target();
  ES_REQUIRE_EQ(held->events.size(), 3u);
  refuse(0, errc::rejected);
  answer(2);
  ES_CHECK_EQ(pending(), 4);
  advance(6s);
  ES_CHECK(held->versions_of(refused).front() == 3);
  ES_CHECK(held->versions_of(fine) == versions({3}));
  ES_CHECK_LT(1u, held->versions_of(silent).size());
  std::map<std::string, int> attempts;
  for (const auto& row : rows())
    attempts[row.aggregate_id] += row.attempts;
  ES_CHECK_EQ(attempts[refused], 1);
  ES_CHECK_EQ(attempts[silent], 1);
  ES_CHECK_EQ(attempts.count(fine), 0u);
}

ES_TEST_WITH(fixture, "an actor that is gone is an outage") {
  account_with(1);
  caf::anon_send_exit(target, caf::exit_reason::kill);
  run();
  relay_to_target();
  advance(30s);
  ES_CHECK(dead().empty());
  ES_CHECK_EQ(rows().at(0).attempts, 0);
}

ES_TEST_WITH(fixture, "stopping waits for the batch that is with the "
                      "publisher, notes it, and begins no other") {
  const auto one = account_with(1);
  relay_to_target();
  withdraw(one);
  bool is_stopped = false;
  runtime().begin_stop([&](stop_report report) {
    ES_CHECK(report.clean());
    is_stopped = true;
  });
  run();
  ES_CHECK(!is_stopped);
  answer(0);
  ES_CHECK(is_stopped);
  ES_CHECK_EQ(pending(), 1);
  ES_CHECK_EQ(held->events.size(), 1u);
  // The lease is free.
  ES_CHECK(store().leases().list_leases().value().at(0).expired);
}

} // namespace actor_publisher_test

#include "eventsource/testing/world/test_runtime.hpp"

#include "eventsource/actors/runtime.hpp"
#include "eventsource/domain/async_projection.hpp"
#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/examples/parcel.hpp"
#include "eventsource/testing/world/caf_types.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <filesystem>

namespace test_runtime_test {

using namespace es::testing;
using namespace post;
using namespace std::chrono_literals;

namespace {

struct parcel_world : test_runtime {
  explicit parcel_world(es::actors::settings how = defaults())
    : test_runtime(types_of<parcel>(), how) {
    // nop
  }

  std::string id = new_id<parcel>();

  void accept_it() {
    accept<parcel>(id, accept_parcel{"Main Street 1", 500});
  }
};

std::size_t threads() {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/self/task"})
    count += entry.is_directory() ? 1 : 0;
  return count;
}

/// CAF 1.1 starts some for each system, CAF 0.17 none.
std::size_t threads_beside_a_system() {
  test_config<> config;
  caf::actor_system system{config};
  return threads();
}

/// Whether the world's functions take this command of a parcel.
template <class Command>
constexpr bool is_taken = requires(test_runtime& world, Command c) {
  world.execute<parcel>("", c);
}
|| requires(test_runtime& world, Command c) {
  world.accept<parcel>("", c);
}
|| requires(test_runtime& world, Command c) {
  world.refuse<parcel>("", c);
}
|| requires(test_runtime& world, Command c) {
  world.send<parcel>("", c);
};

} // namespace

ES_TEST("a command that the aggregate does not have does not compile") {
  static_assert(is_taken<move_parcel>);
  static_assert(!is_taken<bank::touch>);
  static_assert(!is_taken<parcel_moved>);
}

ES_TEST("a world starts no thread beside those of any actor system") {
  const auto before = threads_beside_a_system();
  parcel_world world;
  world.accept_it();
  world.advance(10min);
  ES_CHECK_EQ(threads(), before);
}

ES_TEST("an accepted command is stored with row and outbox") {
  parcel_world world;
  world.accept_it();
  auto done = world.accept<parcel>(world.id, deliver_parcel{});
  ES_CHECK_EQ(done.version, 3);
  world.then_stored<parcel>(world.id, parcel_accepted{"Main Street 1", 500},
                            parcel_moved{"Main Street 1"}, parcel_delivered{});
  ES_CHECK_EQ(world.events(world.id).size(), 3u);
  ES_REQUIRE_EQ(world.rows<parcel>().size(), 1u);
  ES_CHECK(world.rows<parcel>().at(0).at("place") == es::cell("Main Street 1"));
  ES_REQUIRE_EQ(world.outbox().size(), 1u);
  ES_CHECK_EQ(world.outbox().at(0).version, 3);
}

ES_TEST("other events than expected are reported line by line") {
  parcel_world world;
  world.accept_it();
  auto report = failure_of([&] {
    world.then_stored<parcel>(world.id, parcel_accepted{"Main Street 1", 400});
  });
  ES_REQUIRE(report);
  ES_CHECK(report->find("-   \"grams\": 400") != std::string::npos);
  ES_CHECK(report->find("+   \"grams\": 500") != std::string::npos);
}

ES_TEST("accept and refuse report the opposite with their place") {
  parcel_world world;
  auto refused =
    failure_of([&] { world.accept<parcel>(world.id, move_parcel{"Paris"}); });
  ES_REQUIRE(refused);
  ES_CHECK(refused->find("test_runtime.test.cpp:") != std::string::npos);
  ES_CHECK(refused->find("not_accepted") != std::string::npos);
  auto accepted = failure_of([&] {
    world.refuse<parcel>(world.id, accept_parcel{"Main Street 1", 500});
  });
  ES_REQUIRE(accepted);
  ES_CHECK(accepted->find("was accepted, at version 1") != std::string::npos);
}

ES_TEST("nothing happens to what was sent before the world runs") {
  parcel_world world;
  auto answer =
    world.send<parcel>(world.id, accept_parcel{"Main Street 1", 500});
  ES_CHECK(!answer.has_come());
  ES_CHECK(failure_of([&] { (void)answer.get(); }));
  world.run();
  ES_CHECK_EQ(answer.get().value().version, 1);
}

ES_TEST("passivation follows virtual time") {
  parcel_world world;
  world.accept_it();
  world.advance(110s);
  ES_CHECK_EQ(world.live<parcel>().size(), 1u);
  ES_CHECK_EQ(world.live<parcel>().at(0), world.id);
  world.advance(15s);
  ES_CHECK(world.live<parcel>().empty());
  ES_CHECK_EQ(world.state<parcel>(world.id).grams, 500);
  ES_CHECK_EQ(world.live<parcel>().size(), 1u);
}

ES_TEST("linger follows virtual time, and a caller lets it pass") {
  auto how = test_runtime::defaults();
  how.persistence.linger = 20ms;
  parcel_world world{how};
  const auto before = world.now();
  auto answer =
    world.send<parcel>(world.id, accept_parcel{"Main Street 1", 500});
  world.advance(19ms);
  ES_CHECK(!answer.has_come());
  world.advance(1ms);
  ES_CHECK(answer.has_come());
  world.accept<parcel>(world.id, move_parcel{"Ghent"});
  ES_CHECK(world.now() - before == 40ms);
}

ES_TEST("events get the virtual wall clock") {
  parcel_world world;
  world.advance(24h);
  world.accept_it();
  ES_CHECK(world.events(world.id).at(0).occurred_at
           == start_time + std::chrono::hours(25));
}

ES_TEST("a crash forgets what is in memory, a restart finishes first") {
  parcel_world world;
  world.accept_it();
  auto lost = world.send<parcel>(world.id, move_parcel{"Ghent"});
  world.crash();
  ES_REQUIRE(lost.has_come());
  ES_CHECK(!lost.get());
  ES_CHECK(world.live<parcel>().empty());
  auto finished = world.send<parcel>(world.id, move_parcel{"Paris"});
  ES_CHECK(world.restart().clean());
  ES_CHECK(finished.get().has_value());
  ES_CHECK_EQ(world.state<parcel>(world.id).place, "Paris");
}

ES_TEST("a restart may change the settings") {
  parcel_world world;
  world.accept_it();
  auto how = test_runtime::defaults();
  how.aggregates.passivate_after = 5s;
  world.restart(how);
  world.accept<parcel>(world.id, move_parcel{"Ghent"});
  world.advance(7s);
  ES_CHECK(world.live<parcel>().empty());
}

ES_TEST("the outbox is relayed, and retried in virtual time") {
  parcel_world world;
  int calls = 0;
  std::vector<std::string> published;
  world.relay_outbox(
    [&](const es::actors::outgoing_event& out) -> es::result<void> {
      if (++calls == 1)
        return es::fail(es::errc::invalid, "not now");
      published.push_back(out.event.type);
      return {};
    });
  world.accept_it();
  world.accept<parcel>(world.id, deliver_parcel{});
  world.run();
  ES_CHECK_EQ(calls, 1);
  world.advance(5s);
  ES_CHECK_EQ(calls, 2);
  ES_CHECK(published == std::vector<std::string>{"parcel_delivered"});
  ES_CHECK(world.outbox().at(0).published);
}

ES_TEST("an async projection runs in virtual time") {
  es::projection_table table{
    .name = "places",
    .columns = {{"place"}, {"parcels", es::column_type::bigint}},
    .key = {"place"},
    .version_column = ""};
  auto places = std::make_shared<es::async_projection>(
    "places", std::vector<es::projection_table>{table});
  places->on<parcel_moved>([](const parcel_moved& e, const es::event_context&,
                              es::projection_writer& to) {
    to.increment("places", {e.place, 1});
  });
  parcel_world world;
  world.project(places);
  world.accept_it();
  world.accept<parcel>(world.id, move_parcel{"Ghent"});
  world.advance(1s);
  auto rows = world.rows(places->tables().front());
  ES_REQUIRE_EQ(rows.size(), 1u);
  ES_CHECK(rows.at(0).at("place") == es::cell("Ghent"));
  ES_CHECK(rows.at(0).at("parcels") == es::cell(1));
}

ES_TEST("two worlds that do the same are the same") {
  auto history = [] {
    parcel_world world;
    for (auto place : {"Ghent", "Paris", "Rome"}) {
      auto id = world.new_id<parcel>();
      world.accept<parcel>(id, accept_parcel{place, 100});
      world.advance(30s);
    }
    return world.events();
  };
  auto first = history();
  ES_CHECK_EQ(first.size(), 3u);
  ES_CHECK(first == history());
}

ES_TEST("several aggregate types live in one world") {
  test_runtime world{types_of<parcel, es::reference::organization>()};
  world.accept<parcel>(world.new_id<parcel>(), accept_parcel{"Main Street", 1});
  ES_CHECK(world.live<es::reference::organization>().empty());
  ES_CHECK(failure_of([] { (void)types_of<parcel, parcel>(); }));
}

ES_TEST("settings that are wrong end the test instead of hanging it") {
  auto how = test_runtime::defaults();
  how.persistence.writers = 0;
  ES_CHECK(failure_of([&] { parcel_world world{how}; }));
}

ES_TEST("actors of one's own ask the typed handle") {
  test_runtime world{types_of<bank::account>(), test_runtime::defaults(),
                     caf_types_in<caf::id_block::bank>()};
  auto id = world.new_id<bank::account>();
  auto accounts = world.runtime().handle<bank::account>().value();
  bool opened = false;
  world.system().spawn([&](caf::event_based_actor* self) {
    es::actors::compat::ask(self, accounts, caf::infinite, id,
                            bank::open_account{"Ada"})
      .then([&](const es::receipt&) { opened = true; });
  });
  world.run();
  ES_CHECK(opened);
  ES_CHECK_EQ(world.events(id).size(), 1u);
}

ES_TEST("an aggregate that has no events has no state") {
  parcel_world world;
  ES_CHECK(failure_of([&] { (void)world.state<parcel>(world.id); }));
  ES_CHECK(world.state_json("parcel", world.id).error().code
           == es::errc::not_found);
}

} // namespace test_runtime_test

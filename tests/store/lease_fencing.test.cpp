// What a lease means to transactions on PostgreSQL, which only a server shows.

#include "eventsource/store/postgres/lease_table.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <future>

namespace lease_fencing_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

struct on_server {
  test_database database;
  std::shared_ptr<event_store> store = database.open();
  observer owner = database.observe();
  observer rival = database.observe();

  /// Whether a session of this database waits for a lock: the moment at which
  /// an attempt is known to be held up.
  void wait_until_blocked() {
    auto look = database.observe();
    while (look.value("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                      "current_database() AND wait_event_type = 'Lock'")
           == "0")
      std::this_thread::yield();
  }
};

} // namespace

ES_TEST("an owner that lost its lease cannot commit") {
  on_server at;
  const auto old = pg::acquire_lease(at.owner.link(), "relay", "a", 0us);
  ES_REQUIRE(old.has_value());
  at.owner.link().begin();
  ES_CHECK(pg::holds_lease(at.owner.link(), *old));
  at.owner.link().commit();
  ES_REQUIRE(pg::acquire_lease(at.rival.link(), "relay", "b", 1h).has_value());
  at.owner.link().begin();
  ES_CHECK(!pg::holds_lease(at.owner.link(), *old));
  at.owner.link().roll_back();
}

ES_TEST("a change of hands waits for the owner's transactions") {
  on_server at;
  const auto held = pg::acquire_lease(at.owner.link(), "relay", "a", 0us);
  ES_REQUIRE(held.has_value());
  at.owner.link().begin();
  ES_REQUIRE(pg::holds_lease(at.owner.link(), *held));
  auto taken = std::async(std::launch::async, [&] {
    return pg::acquire_lease(at.rival.link(), "relay", "b", 1h);
  });
  at.wait_until_blocked();
  at.owner.link().commit();
  const auto next = taken.get();
  ES_REQUIRE(next.has_value());
  ES_CHECK_EQ(next->epoch, held->epoch + 1);
}

ES_TEST("a renewal during a change of hands is decided by who was "
        "first") {
  on_server at;
  const auto held = pg::acquire_lease(at.owner.link(), "relay", "a", 0us);
  ES_REQUIRE(held.has_value());
  at.owner.link().begin();
  ES_REQUIRE(pg::renew_lease(at.owner.link(), *held, 1h).has_value());
  auto taken = std::async(std::launch::async, [&] {
    return pg::acquire_lease(at.rival.link(), "relay", "b", 1h);
  });
  at.wait_until_blocked();
  at.owner.link().commit();
  ES_CHECK(!taken.get().has_value());
}

ES_TEST("a renewal waits for no transaction that holds the lease") {
  on_server at;
  const auto held = pg::acquire_lease(at.owner.link(), "relay", "a", 1h);
  ES_REQUIRE(held.has_value());
  at.owner.link().begin();
  ES_REQUIRE(pg::holds_lease(at.owner.link(), *held));
  // Would end with an error if it had to wait.
  at.rival.script("SET lock_timeout = '1ms'");
  ES_CHECK(pg::renew_lease(at.rival.link(), *held, 1h).has_value());
  at.owner.link().commit();
}

} // namespace lease_fencing_test

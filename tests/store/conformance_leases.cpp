#include "eventsource/tests/store/conformance.hpp"

#include <atomic>
#include <thread>

namespace conformance_leases_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

held_lease must_acquire(lease_store& from, std::string_view name,
                        std::string_view owner) {
  auto taken = from.acquire_lease(name, owner, 1h);
  ES_REQUIRE(taken && *taken);
  return **taken;
}

bool is_taken(const result<std::optional<held_lease>>& outcome) {
  ES_REQUIRE(outcome.has_value());
  return outcome->has_value();
}

} // namespace

ES_BEHAVIOUR("a lease has one owner until it is released") {
  const auto first = must_acquire(at.store().leases(), "relay", "a");
  ES_CHECK_EQ(first.name, "relay");
  ES_CHECK_EQ(first.owner, "a");
  ES_CHECK_EQ(first.epoch, 1);
  ES_CHECK(!is_taken(at.other().leases().acquire_lease("relay", "b", 1h)));
  ES_CHECK(is_taken(at.other().leases().acquire_lease("another", "b", 1h)));
  ES_REQUIRE(at.store().leases().release_lease(first));
  const auto second = must_acquire(at.other().leases(), "relay", "b");
  ES_CHECK_EQ(second.epoch, 2);
}

ES_BEHAVIOUR("a lease that expired goes to whoever comes") {
  ES_REQUIRE(is_taken(at.store().leases().acquire_lease("relay", "a", 0us)));
  ES_CHECK_EQ(must_acquire(at.other().leases(), "relay", "b").epoch, 2);
}

ES_BEHAVIOUR("taking one's own lease again fences the former incarnation off") {
  const auto former = must_acquire(at.store().leases(), "relay", "a");
  const auto latter = must_acquire(at.other().leases(), "relay", "a");
  ES_CHECK_EQ(latter.epoch, former.epoch + 1);
  ES_CHECK(!is_taken(at.store().leases().renew_lease(former, 1h)));
  ES_CHECK(is_taken(at.store().leases().renew_lease(latter, 1h)));
}

ES_BEHAVIOUR("a lease is renewed by its owner only, also after it expired") {
  const auto first = at.store().leases().acquire_lease("relay", "a", 0us);
  ES_REQUIRE(is_taken(first));
  const auto renewed = at.store().leases().renew_lease(**first, 1h);
  ES_REQUIRE(is_taken(renewed));
  ES_CHECK_EQ((*renewed)->epoch, 1);
  ES_CHECK((*renewed)->expires_at > (*first)->expires_at);
  ES_CHECK(!is_taken(at.other().leases().acquire_lease("relay", "b", 1h)));
  auto forged = **renewed;
  forged.owner = "b";
  ES_CHECK(!is_taken(at.other().leases().renew_lease(forged, 1h)));
  forged = {.name = "nothing", .owner = "a", .epoch = 1};
  ES_CHECK(!is_taken(at.other().leases().renew_lease(forged, 1h)));
}

ES_BEHAVIOUR("a lease that was lost is neither renewed nor released") {
  const auto lost = at.store().leases().acquire_lease("relay", "a", 0us);
  ES_REQUIRE(is_taken(lost));
  must_acquire(at.other().leases(), "relay", "b");
  ES_CHECK(!is_taken(at.store().leases().renew_lease(**lost, 1h)));
  ES_CHECK(at.store().leases().release_lease(**lost).has_value());
  ES_CHECK(!is_taken(at.store().leases().acquire_lease("relay", "a", 1h)));
}

ES_BEHAVIOUR("all leases are listed in the order of their names' bytes") {
  must_acquire(at.store().leases(), "b", "x");
  must_acquire(at.store().leases(), "B", "x");
  const auto gone = must_acquire(at.store().leases(), "a", "x");
  ES_REQUIRE(at.store().leases().release_lease(gone));
  const auto all = at.other().leases().list_leases();
  ES_REQUIRE(all.has_value() && all->size() == 3);
  ES_CHECK_EQ((*all)[0].lease.name, "B");
  ES_CHECK_EQ((*all)[1].lease.name, "a");
  ES_CHECK_EQ((*all)[2].lease.name, "b");
  ES_CHECK(!(*all)[0].expired);
  ES_CHECK((*all)[1].expired);
}

ES_BEHAVIOUR("a lease's name with a NUL character is refused as invalid") {
  const std::string name("a\0b", 3);
  const auto taken = at.store().leases().acquire_lease(name, "a", 1h);
  ES_CHECK(!taken && taken.error().code == errc::invalid);
  const auto owned = at.store().leases().acquire_lease("a", name, 1h);
  ES_CHECK(!owned && owned.error().code == errc::invalid);
}

ES_BEHAVIOUR("of many who want a lease at once exactly one gets it") {
  std::atomic<int> winners = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&, i] {
      auto& leases = (i % 2 == 0 ? at.store() : at.other()).leases();
      const auto taken =
        leases.acquire_lease("relay", "owner " + std::to_string(i), 1h);
      if (taken && *taken)
        ++winners;
    });
  for (auto& each : all)
    each.join();
  ES_CHECK_EQ(winners.load(), 1);
}

} // namespace conformance_leases_test

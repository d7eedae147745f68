// A whole runtime in a test: no database, no thread, no sleep.
// --(parcel-runtime-begin)--
#include "eventsource/testing/checks.hpp"
#include "eventsource/testing/run_tests.hpp"
#include "eventsource/testing/world/test_runtime.hpp"

#include "parcel.hpp"

using namespace es::testing;
using namespace post;
using namespace std::chrono_literals;

int main() {
  return run_tests({
    {"a parcel's row and outbox are written with its events",
     [] {
       test_runtime world{types_of<parcel>()};
       auto id = world.new_id<parcel>();
       world.accept<parcel>(id, accept_parcel{"Main Street 1", 500});
       world.accept<parcel>(id, deliver_parcel{});
       world.then_stored<parcel>(id, parcel_accepted{"Main Street 1", 500},
                                 parcel_moved{"Main Street 1"},
                                 parcel_delivered{});
       check_equal(world.rows<parcel>().at(0).at("delivered").text(), "true");
       check_equal(world.outbox().at(0).version, 3);
       auto why = world.refuse<parcel>(id, move_parcel{"Paris"});
       check_equal(why.reason, "delivered");
     }},
    {"an idle parcel is passivated, and recovered by its next command",
     [] {
       test_runtime world{types_of<parcel>()};
       auto id = world.new_id<parcel>();
       world.accept<parcel>(id, accept_parcel{"Main Street 1", 500});
       check(world.live<parcel>().size() == 1, "the parcel has an actor");
       world.advance(3min);
       check(world.live<parcel>().empty(), "nothing is kept in memory");
       world.accept<parcel>(id, move_parcel{"Brussels"});
       check_equal(world.state<parcel>(id).place, "Brussels");
     }},
  });
}
// --(parcel-runtime-end)--

// What becomes of a command when the database fails at the worst moment.
// --(parcel-faults-begin)--
#include "eventsource/testing/checks.hpp"
#include "eventsource/testing/run_tests.hpp"
#include "eventsource/testing/world/test_runtime.hpp"

#include "parcel.hpp"

using namespace es::testing;
using namespace post;
using namespace std::chrono_literals;

int main() {
  return run_tests({
    {"a command whose answer was lost is sent again, and executed once",
     [] {
       test_runtime world{types_of<parcel>()};
       auto id = world.new_id<parcel>();
       const accept_parcel command{"Main Street 1", 500};
       world.faults().lose_commit_answer(1);
       auto lost = world.refuse<parcel>(id, command, {.command_id = "c1"});
       check_equal(lost.code, es::errc::in_doubt);
       world.accept<parcel>(id, command, {.command_id = "c1"});
       world.then_stored<parcel>(id, parcel_accepted{"Main Street 1", 500});
     }},
    {"a command that meets another program's events is decided again",
     [] {
       test_runtime world{types_of<parcel>()};
       auto id = world.new_id<parcel>();
       world.accept<parcel>(id, accept_parcel{"Main Street 1", 500});
       world.faults().before_commit(
         1, [&] { world.append_foreign<parcel>(id, parcel_delivered{}); });
       auto why = world.refuse<parcel>(id, move_parcel{"Paris"});
       check_equal(why.reason, "delivered");
     }},
    {"a slow database keeps its callers waiting",
     [] {
       test_runtime world{types_of<parcel>()};
       auto id = world.new_id<parcel>();
       world.faults().delay_commit(1, 5s);
       auto answer =
         world.send<parcel>(id, accept_parcel{"Main Street 1", 500});
       world.advance(4s);
       check(!answer.has_come(), "not before it is stored");
       world.advance(1s);
       check(answer.get().has_value(), "as soon as it is");
     }},
  });
}
// --(parcel-faults-end)--

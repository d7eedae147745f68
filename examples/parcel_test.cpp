// Tests of an aggregate alone: no actors, no store, no test framework.
//
//     build/bin/parcel_test

// --(parcel-test-begin)--
#include "eventsource/testing/run_tests.hpp"
#include "eventsource/testing/specification.hpp"

#include "parcel.hpp"

using namespace es::testing;
using namespace post;

int main() {
  return run_tests({
    {"an accepted parcel can be moved",
     [] {
       given<parcel>(parcel_accepted{"Main Street 1", 500})
         .when(move_parcel{"Brussels"})
         .then(parcel_moved{"Brussels"});
     }},
    {"a delivered parcel stays where it is",
     [] {
       given<parcel>(parcel_accepted{"Main Street 1", 500}, parcel_delivered{})
         .when(move_parcel{"Paris"})
         .then_rejected("delivered");
     }},
  });
}
// --(parcel-test-end)--

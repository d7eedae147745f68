// Holds the stored form of the parcel's events against the files in golden/.
// --(parcel-golden-begin)--
#include "eventsource/testing/golden/golden_events.hpp"
#include "eventsource/testing/run_tests.hpp"

#include "parcel.hpp"

using namespace es::testing;
using namespace post;

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  return run_tests({
    {"what was stored of parcels can be read for ever",
     [&] {
       golden_events<parcel>(folder / "parcel")
         .sample(parcel_accepted{"Main Street 1", 500})
         .sample(parcel_moved{"Brussels"})
         .sample(parcel_delivered{})
         .check();
     }},
  });
}
// --(parcel-golden-end)--

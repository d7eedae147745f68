// What must hold for every aggregate, tried with random commands.
// --(parcel-laws-begin)--
#include "eventsource/testing/laws/laws.hpp"
#include "eventsource/testing/run_tests.hpp"

#include "parcel.hpp"

using namespace es::testing;
using namespace post;

int main() {
  return run_tests({
    {"a parcel keeps the laws",
     [] {
       laws<parcel>()
         .command([](random_source& any) {
           return accept_parcel{any.text(20),
                                static_cast<int>(any.number(1, 30'000))};
         })
         .command([](random_source& any, const parcel& p) {
           return move_parcel{any.chance(10) ? p.place : any.text(20)};
         })
         .check();
     }},
  });
}
// --(parcel-laws-end)--

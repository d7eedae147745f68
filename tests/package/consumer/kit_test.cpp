// Tests a user's aggregate with the installed kit.
#include "eventsource/testing/checks.hpp"
#include "eventsource/testing/golden/golden_events.hpp"
#include "eventsource/testing/laws/laws.hpp"
#include "eventsource/testing/run_tests.hpp"
#include "eventsource/testing/specification.hpp"
#include "eventsource/testing/world/test_runtime.hpp"

#include "counter.hpp"

using namespace es::testing;
using namespace counting;

int main(int, char** argv) {
  const std::filesystem::path scratch = argv[1];
  return run_tests({
    {"a counter counts",
     [] { given<counter>(counted{2}).when(count_up{3}).then(counted{3}); }},
    {"a counter keeps the laws",
     [] {
       laws<counter>()
         .command([](random_source& any) {
           return count_up{static_cast<int>(any.number(-1, 9))};
         })
         .check();
     }},
    {"the form of its events is held against files",
     [&] {
       const auto files = golden_events<counter>(scratch).sample(counted{2});
       check(failure_of([&] { files.check(); }).has_value(),
             "a missing file is noticed");
     }},
    {"a counter runs in a world, and survives a lost answer",
     [] {
       test_runtime world{types_of<counter>()};
       const auto id = world.new_id<counter>();
       world.faults().lose_commit_answer(1);
       world.refuse<counter>(id, count_up{3}, {.command_id = "c1"});
       world.accept<counter>(id, count_up{3}, {.command_id = "c1"});
       world.then_stored<counter>(id, counted{3});
       world.advance(std::chrono::minutes(3));
       check(world.live<counter>().empty(), "it is passivated");
       check_equal(world.state<counter>(id).sum, 3);
     }},
  });
}

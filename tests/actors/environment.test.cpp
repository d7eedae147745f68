#include "eventsource/actors/environment.hpp"

#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <map>

namespace environment_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

constexpr std::size_t writers = 3;

struct fixture {
  es::testing::test_config<> config;
  caf::actor_system system{config};
  es::testing::test_scheduler scheduler{system};
  environment env;

  fixture() {
    for (std::size_t i = 0; i < writers; ++i) {
      env.writers.push_back(system.spawn<plain>([](plain*, int) {}));
      env.event_ids.push_back(
        std::make_shared<es::ksuid_generator>(es::ksuid_generator::system()));
    }
  }

  ~fixture() {
    for (auto& writer : env.writers)
      caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
};

} // namespace

ES_TEST("aggregates that stand beside each other in an index have one writer") {
  fixture at;
  auto ids = es::ksuid_generator::system();
  for (int i = 0; i < 100; ++i) {
    const auto id = ids.next("org_");
    const auto start = id.substr(0, id.size() - 1);
    for (const char last : {'0', 'A', 'z'}) {
      ES_CHECK(at.env.writer_of(start + last) == at.env.writer_of(id));
      ES_CHECK(&at.env.event_ids_of(start + last) == &at.env.event_ids_of(id));
    }
  }
}

ES_TEST("aggregates are spread over the writers, in whatever order they were "
        "made") {
  fixture at;
  auto ids = es::ksuid_generator::system();
  constexpr std::size_t count = 30'000;
  std::map<const es::ksuid_generator*, std::size_t> aggregates;
  std::map<const es::ksuid_generator*, caf::actor> writer_of;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = ids.next("org_");
    const auto* its = &at.env.event_ids_of(id);
    ++aggregates[its];
    // Each writer has ids of its own for events.
    const auto& writer = at.env.writer_of(id);
    ES_CHECK(writer_of.emplace(its, writer).first->second == writer);
  }
  ES_CHECK_EQ(aggregates.size(), writers);
  for (const auto& [its, number] : aggregates)
    ES_CHECK(number > count / writers / 2 && number < count / writers * 2);
}

ES_TEST("short names have a writer as well") {
  fixture at;
  for (const auto* id : {"", "a", "ab"})
    ES_CHECK(at.env.writer_of(id) == at.env.writer_of(id));
  std::set<caf::actor_id> ids;
  for (int i = 0; i < 100; ++i)
    ids.insert(at.env.writer_of(std::to_string(i) + "x").id());
  ES_CHECK_EQ(ids.size(), writers);
}

} // namespace environment_test

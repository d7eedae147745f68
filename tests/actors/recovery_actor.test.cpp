#include "eventsource/actors/recovery_actor.hpp"

#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace recovery_actor_test {

using namespace es;
using namespace es::actors;

namespace {

struct held_loads {
  struct load {
    recover_batch batch;
    caf::typed_response_promise<batch_recovered> promise;
    caf::actor reader;
  };

  std::vector<load> loads;

  void answer(std::size_t index) {
    batch_recovered all;
    for (const auto& request : loads.at(index).batch.requests)
      all.pages.push_back({request.aggregate_id, {}, {}, false});
    loads[index].promise.deliver(std::move(all));
  }
};

class holding_reader : public caf::event_based_actor {
public:
  holding_reader(caf::actor_config& config, std::shared_ptr<held_loads> held)
    : caf::event_based_actor(config), held_(std::move(held)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {
      [this](recover_batch& batch) -> caf::result<batch_recovered> {
        auto answer = make_response_promise<batch_recovered>();
        held_->loads.push_back(
          {std::move(batch), answer, caf::actor_cast<caf::actor>(this)});
        return answer;
      },
      // A promise may be kept only in the turn of the actor that gave it.
      [](call_back& f) { f.run(); },
    };
  }

private:
  std::shared_ptr<held_loads> held_;
};

struct fixture {
  using answer = std::shared_ptr<std::optional<result<store::recovery_page>>>;

  testing::test_config<> config;
  caf::actor_system system{config};
  testing::test_scheduler scheduler{system};
  std::shared_ptr<held_loads> held = std::make_shared<held_loads>();
  std::vector<caf::actor> readers;
  caf::actor recovery;

  void start(settings::recovery_settings how) {
    for (std::size_t i = 0; i < how.readers; ++i)
      readers.push_back(system.spawn<holding_reader>(held));
    recovery = system.spawn<recovery_actor>(how, readers);
    scheduler.run();
  }

  ~fixture() {
    caf::anon_send_exit(recovery, caf::exit_reason::kill);
    for (auto& reader : readers)
      caf::anon_send_exit(reader, caf::exit_reason::kill);
    held->loads.clear();
    scheduler.run();
  }

  answer ask(const std::string& id) {
    auto slot = std::make_shared<std::optional<result<store::recovery_page>>>();
    auto to = recovery;
    system.spawn([=](caf::event_based_actor* self) {
      compat::ask(self, to, caf::infinite, recover{{id}})
        .then([slot](recovered& loaded) { slot->emplace(loaded.page); },
              [slot, self](const caf::error& e) {
                slot->emplace(tl::unexpected(from_caf(self->system(), e)));
              });
    });
    scheduler.run();
    return slot;
  }

  void in_reader_of(std::size_t index, std::function<void()> f) {
    compat::tell_anonymously(held->loads.at(index).reader,
                             call_back{std::move(f)});
    scheduler.run();
  }

  void answer_load(std::size_t index) {
    in_reader_of(index, [this, index] { held->answer(index); });
  }

  std::size_t load_size(std::size_t index) {
    return held->loads.at(index).batch.requests.size();
  }
};

} // namespace

ES_TEST_WITH(fixture, "aggregates asked for while a load is under way are "
                      "loaded together next") {
  start({.readers = 1});
  auto a = ask("a");
  auto b = ask("b");
  auto c = ask("c");
  ES_REQUIRE_EQ(held->loads.size(), 1u);
  answer_load(0);
  ES_REQUIRE_EQ(held->loads.size(), 2u);
  ES_CHECK_EQ(load_size(1), 2u);
  answer_load(1);
  ES_REQUIRE(a->has_value() && b->has_value() && c->has_value());
  ES_CHECK_EQ((**b)->aggregate_id, "b");
  ES_CHECK_EQ((**c)->aggregate_id, "c");
}

ES_TEST_WITH(fixture, "one query loads at most batch_aggregates_max") {
  start({.readers = 1, .batch_aggregates_max = 2});
  for (const char* id : {"a", "b", "c", "d"})
    ask(id);
  answer_load(0);
  ES_CHECK_EQ(load_size(1), 2u);
}

ES_TEST_WITH(fixture,
             "at most concurrent_max aggregates are being recovered at "
             "once, over all readers") {
  start({.readers = 3, .concurrent_max = 2});
  for (const char* id : {"a", "b", "c"})
    ask(id);
  ES_CHECK_EQ(held->loads.size(), 2u);
  answer_load(1);
  ES_CHECK_EQ(held->loads.size(), 3u);
}

ES_TEST_WITH(fixture, "a full queue refuses as overloaded") {
  start({.readers = 1, .queue_aggregates_max = 1});
  ask("a");
  ask("b");
  auto c = ask("c");
  ES_REQUIRE(c->has_value());
  ES_CHECK((*c)->error().code == errc::overloaded);
}

ES_TEST_WITH(fixture, "a failed load fails those that asked, and the next load "
                      "goes on") {
  start({});
  auto a = ask("a");
  auto b = ask("b");
  in_reader_of(0, [this] {
    held->loads[0].promise.deliver(
      to_caf({errc::unavailable, "the database is away"}));
  });
  ES_REQUIRE(a->has_value());
  ES_CHECK((*a)->error().code == errc::unavailable);
  ES_REQUIRE_EQ(held->loads.size(), 2u);
  answer_load(1);
  ES_CHECK(b->has_value() && b->value());
}

} // namespace recovery_actor_test

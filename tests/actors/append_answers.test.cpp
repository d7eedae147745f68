#include "eventsource/tests/actors/persistence_world.hpp"

#include <memory>
#include <vector>

namespace append_answers_test {

using namespace es;
using namespace es::actors;
using namespace std::chrono_literals;

namespace {

/// Stands in for an aggregate: answers the questions that come back to it.
struct owner_log {
  std::vector<append_settled> told;
  std::vector<std::uint64_t> noted;
};

struct fixture : persistence_world {
  owner_log log;
  std::shared_ptr<append_chain> chain;
  caf::actor owner = system.spawn([this](caf::event_based_actor*) {
    return caf::behavior{
      [this](append_settled& message) -> caf::result<receipt> {
        if (message.ticket == 0)
          log.noted.push_back(chain->committed());
        const bool is_asked = static_cast<bool>(message.counted);
        log.told.push_back(std::move(message));
        if (!is_asked)
          return caf::delegated<receipt>{};
        return receipt{"decided again", 7, {}};
      }};
  });

  fixture() {
    chain = std::make_shared<append_chain>(owner.address());
    start({});
  }

  ~fixture() {
    caf::anon_send_exit(owner, caf::exit_reason::kill);
  }

  [[nodiscard]] std::vector<std::uint64_t> tickets() const {
    std::vector<std::uint64_t> all;
    for (const auto& message : log.told)
      all.push_back(message.ticket);
    return all;
  }
};

} // namespace

ES_TEST_WITH(fixture, "commits are noted in their chain, of which the "
                      "aggregate hears nothing") {
  send_until(1s, "a", chain);
  auto second = send_until(1s, "a", chain);
  auto third = send_until(1s, "a", chain);
  commit(0);
  ES_CHECK_EQ(chain->committed(), 1u);
  commit(1);
  ES_CHECK_EQ(chain->committed(), 3u);
  ES_REQUIRE(second->has_value() && third->has_value());
  ES_CHECK((*second)->has_value() && (*third)->has_value());
  ES_CHECK(log.told.empty());
}

ES_TEST_WITH(fixture, "who asked to be told of a commit is told once, "
                      "when all of the batch are noted") {
  send_until(1s, "a", chain);
  send_until(1s, "a", chain);
  send_until(1s, "a", chain);
  ES_CHECK(chain->ask_for(1));
  commit(0);
  ES_CHECK_EQ(log.noted, (std::vector<std::uint64_t>{1}));
  ES_CHECK(chain->ask_for(2));
  commit(1);
  ES_CHECK_EQ(log.noted, (std::vector<std::uint64_t>{1, 3}));
  ES_CHECK_EQ(tickets(), (std::vector<std::uint64_t>{0, 0}));
}

ES_TEST_WITH(fixture, "a commit is noted before its question is "
                      "answered") {
  std::uint64_t noted = 0;
  auto message = append_of("a");
  message.ticket = 1;
  message.chain = chain;
  auto to = writer;
  system.spawn([&, message](caf::event_based_actor* self) {
    compat::ask(self, to, caf::infinite, message).then([&](const receipt&) {
      noted = chain->committed();
    });
  });
  scheduler.run();
  commit(0);
  ES_CHECK_EQ(noted, 1u);
}

ES_TEST_WITH(fixture, "a conflict goes back to its aggregate, and the "
                      "question with it") {
  auto first = send_until(1s, "a", chain);
  auto second = send_until(1s, "a", chain);
  refuse(0, errc::conflict);
  ES_CHECK_EQ(tickets(), (std::vector<std::uint64_t>{1, 2}));
  for (const auto& one : {first, second}) {
    ES_REQUIRE(one->has_value() && (*one)->has_value());
    ES_CHECK_EQ((**one)->aggregate_id, "decided again");
  }
  for (const auto& message : log.told) {
    ES_CHECK(message.counted);
    ES_CHECK(message.outcome.error.code == errc::conflict);
  }
}

ES_TEST_WITH(fixture, "of any other refusal the aggregate is told and "
                      "the asker has the answer") {
  auto first = send_until(1s, "a", chain);
  refuse(0, errc::statement_failed);
  ES_REQUIRE(first->has_value() && !(*first)->has_value());
  ES_CHECK((*first)->error().code == errc::statement_failed);
  ES_REQUIRE_EQ(tickets(), (std::vector<std::uint64_t>{1}));
  ES_CHECK(!log.told[0].counted);
  ES_CHECK(log.told[0].outcome.error.code == errc::statement_failed);
}

ES_TEST_WITH(fixture, "after one that was no commit, the aggregate is "
                      "told of each") {
  auto repeat = append_of("a");
  repeat.request.events.clear();
  repeat.chain = chain;
  auto first = send(std::move(repeat));
  auto second = send_until(1s, "a", chain);
  in_worker([this] {
    held->batches[0].second.deliver(
      batch_written{{store::append_outcome::duplicate({"a", 4, {}})}});
  });
  commit(1);
  ES_REQUIRE(first->has_value() && (*first)->has_value());
  ES_CHECK_EQ((**first)->version, 4);
  ES_CHECK(second->has_value() && (*second)->has_value());
  ES_CHECK_EQ(tickets(), (std::vector<std::uint64_t>{1, 2}));
  ES_CHECK_EQ(chain->committed(), 0u);
}

// Another actor may have the aggregate by then, and have read it before.
ES_TEST_WITH(fixture,
             "what commits for an aggregate whose actor has stopped is "
             "answered as in doubt") {
  auto first = send_until(1s, "a", chain);
  auto second = send_until(1s, "a", chain);
  auto third = send_until(1s, "a", chain);
  chain->abandon();
  commit(0);
  commit(1);
  for (const auto& one : {first, second, third}) {
    ES_REQUIRE(one->has_value() && !(*one)->has_value());
    ES_CHECK((*one)->error().code == errc::in_doubt);
  }
  ES_CHECK(log.told.empty());
}

ES_TEST_WITH(fixture, "a repeat and a conflict of an aggregate whose actor has "
                      "stopped are in doubt, another refusal is not") {
  auto repeat = send_until(1s, "a", chain);
  auto conflict = send_until(1s, "a", chain);
  auto second_chain = std::make_shared<append_chain>(owner.address());
  auto refused = send_until(1s, "a", second_chain);
  chain->abandon();
  second_chain->abandon();
  in_worker([this] {
    held->batches[0].second.deliver(
      batch_written{{store::append_outcome::duplicate({"a", 4, {}})}});
  });
  refuse(1, errc::statement_failed);
  for (const auto& one : {repeat, conflict}) {
    ES_REQUIRE(one->has_value() && !(*one)->has_value());
    ES_CHECK((*one)->error().code == errc::in_doubt);
  }
  ES_REQUIRE(refused->has_value() && !(*refused)->has_value());
  ES_CHECK((*refused)->error().code == errc::statement_failed);
  ES_CHECK(log.told.empty());
}

// -- deadlines ----------------------------------------------------------------

ES_TEST_WITH(fixture, "at its deadline a question is answered as in "
                      "doubt, whatever comes later, and counts no more") {
  auto first = send_until(10ms, "a", chain);
  auto patient = send_until(30ms, "b");
  auto second = send_until(20ms, "a", chain);
  scheduler.advance(9ms);
  ES_CHECK(!first->has_value());
  scheduler.advance(1ms);
  ES_REQUIRE(first->has_value() && !(*first)->has_value());
  ES_CHECK((*first)->error().code == errc::in_doubt);
  ES_CHECK_EQ(door.unanswered(), 2u);
  scheduler.advance(10ms);
  ES_REQUIRE(second->has_value() && !(*second)->has_value());
  ES_CHECK((*second)->error().code == errc::in_doubt);
  ES_CHECK(!patient->has_value());
  commit(0);
  ES_CHECK_EQ(chain->committed(), 1u);
  refuse(1, errc::conflict);
  // Nobody waits: the aggregate gets no question with it.
  ES_REQUIRE_EQ(tickets(), (std::vector<std::uint64_t>{3}));
  ES_CHECK(!log.told[0].counted);
  ES_CHECK(patient->has_value());
  ES_CHECK_EQ(door.unanswered(), 0u);
}

} // namespace append_answers_test

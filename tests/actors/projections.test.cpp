#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tests/actors/account_world.hpp"

#include <stdexcept>

namespace projections_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using rows = std::vector<row>;

/// How much each account got, and how many accounts there are by owner.
struct projecting : account_world {
  projecting() : account_world(few_at_once()) {
    // nop
  }

  static actors::settings few_at_once() {
    auto how = quick();
    how.subscriptions.page_events_max = 2;
    return how;
  }

  std::shared_ptr<async_projection> make() {
    auto made = std::make_shared<async_projection>(
      "deposits", std::vector<projection_table>{
                    {.name = "deposits",
                     .columns = {{"account", column_type::text},
                                 {"total", column_type::bigint}},
                     .key = {"account"},
                     .version_column = ""},
                    {.name = "owners",
                     .columns = {{"owner", column_type::text},
                                 {"accounts", column_type::bigint}},
                     .key = {"owner"},
                     .version_column = ""}});
    made->on<bank::account_opened>([this](const bank::account_opened& event,
                                          const event_context&,
                                          projection_writer& to) {
      if (broken)
        throw std::runtime_error("it is broken");
      to.increment("owners", {event.owner, 1});
    });
    made->on<bank::deposited>([](const bank::deposited& event,
                                 const event_context& about,
                                 projection_writer& to) {
      to.increment("deposits", {about.aggregate_id, event.amount});
    });
    return made;
  }

  std::shared_ptr<async_projection> what = make();
  bool broken = false;

  subscription project(projection_options how = {}) {
    auto made = runtime().subscriptions().project(what, how);
    ES_REQUIRE(made);
    run();
    return *made;
  }

  rows rows_in(std::size_t table) {
    return store().scan_projection(what->tables()[table], {}, 100).value();
  }

  store::subscription_status status() {
    const auto all = store().subscriptions().list().value();
    ES_REQUIRE(!all.empty());
    return all[0];
  }

  std::optional<result<void>> answer;

  void wait(const receipt& stored) {
    answer.reset();
    runtime().subscriptions().wait_for(
      "deposits", stored, 10s,
      [this](result<void> outcome) { answer = std::move(outcome); });
    run();
  }
};

} // namespace

ES_TEST_WITH(projecting, "a projection has the rows of all events, also of "
                         "those that come while it runs") {
  open_with(5);
  project();
  ES_REQUIRE(execute<bank::account>(id, bank::deposit{7}));
  ES_CHECK(rows_in(0) == rows({{id, 12}}));
  ES_CHECK(rows_in(1) == rows({{"Ada", 1}}));
}

ES_TEST_WITH(projecting, "rows of many aggregates come together under keys of "
                         "the projection's own, from all partitions") {
  project({.partitions = 3});
  for (int i = 0; i < 9; ++i) {
    id = new_id<bank::account>();
    open_with(1);
  }
  ES_CHECK(rows_in(1) == rows({{"Ada", 9}}));
  ES_CHECK_EQ(rows_in(0).size(), 9u);
}

ES_TEST_WITH(projecting,
             "a projection goes on after a crash, each event once") {
  project();
  open_with(5);
  restart();
  ES_REQUIRE(execute<bank::account>(id, bank::deposit{7}));
  project();
  advance(1min);
  ES_CHECK(rows_in(0) == rows({{id, 12}}));
  ES_CHECK_EQ(status().progress.events, 3);
}

ES_TEST_WITH(projecting, "a caller reads its own writes after it has waited "
                         "with its receipt") {
  project();
  const auto stored = execute<bank::account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  wait(*stored);
  ES_REQUIRE(answer);
  ES_CHECK(answer->has_value());
  ES_CHECK(rows_in(1) == rows({{"Ada", 1}}));
}

ES_TEST_WITH(projecting, "an event that fails is tried again after pauses, and "
                         "done when it does not fail any more") {
  broken = true;
  project();
  open_with(5);
  advance(150ms);
  ES_CHECK(rows_in(0).empty());
  broken = false;
  advance(1min);
  ES_CHECK(rows_in(0) == rows({{id, 5}}));
  ES_CHECK(rows_in(1) == rows({{"Ada", 1}}));
}

ES_TEST_WITH(projecting, "an event that fails for ever stops the projection, "
                         "which is resumed when its handler is mended") {
  broken = true;
  project();
  open_with(5);
  advance(10min);
  ES_CHECK(status().progress.state == store::subscription_state::stopped);
  ES_CHECK(status().progress.error.find("it is broken") != std::string::npos);
  ES_CHECK(rows_in(0).empty());
  broken = false;
  ES_REQUIRE(store().subscriptions().set_state(
    "deposits", store::subscription_state::running, ""));
  advance(1s);
  ES_CHECK(rows_in(0) == rows({{id, 5}}));
}

ES_TEST_WITH(projecting,
             "an event that fails for ever is skipped and recorded, "
             "if the projection says so") {
  broken = true;
  project({.policy = failing_events::skip});
  open_with(5);
  advance(10min);
  ES_CHECK(rows_in(0) == rows({{id, 5}}));
  ES_CHECK(rows_in(1).empty());
  ES_CHECK_EQ(status().dead_letters, 1);
  const auto letters =
    store().subscriptions().list_dead_letters("deposits", 10).value();
  ES_REQUIRE_EQ(letters.size(), 1u);
  ES_CHECK_EQ(letters[0].version, 1);
  ES_CHECK_EQ(letters[0].attempts,
              actors::settings{}.subscriptions.retries_max + 1);
}

ES_TEST_WITH(projecting, "a paused projection writes nothing until it is "
                         "resumed") {
  project();
  open_with(5);
  ES_REQUIRE(store().subscriptions().set_state(
    "deposits", store::subscription_state::paused, ""));
  ES_REQUIRE(execute<bank::account>(id, bank::deposit{7}));
  advance(1min);
  ES_CHECK(rows_in(0) == rows({{id, 5}}));
  ES_REQUIRE(store().subscriptions().set_state(
    "deposits", store::subscription_state::running, ""));
  advance(1s);
  ES_CHECK(rows_in(0) == rows({{id, 12}}));
}

ES_TEST_WITH(projecting, "a projection that was rebuilt beside it goes on with "
                         "the new rows") {
  project();
  open_with(5);
  auto rebuild =
    store::projection_rebuild::begin(store(), what, {.owner = "other"});
  ES_REQUIRE(rebuild);
  for (bool finished = false; !finished;)
    finished = rebuild->step().value().finished;
  ES_REQUIRE(execute<bank::account>(id, bank::deposit{7}));
  advance(1min);
  ES_CHECK(rows_in(0) == rows({{id, 12}}));
  ES_CHECK(rows_in(1) == rows({{"Ada", 1}}));
}

ES_TEST_WITH(projecting, "a runtime that stops gives the leases of its "
                         "projections back") {
  project({.partitions = 2});
  open_with(5);
  ES_CHECK(stops_cleanly());
  const auto leases = store().leases().list_leases().value();
  ES_CHECK_EQ(leases.size(), 2u);
  for (const auto& each : leases)
    ES_CHECK(each.expired);
}

} // namespace projections_test

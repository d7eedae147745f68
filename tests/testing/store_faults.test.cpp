#include "eventsource/testing/world/store_faults.hpp"

#include "eventsource/examples/parcel.hpp"
#include "eventsource/testing/world/test_runtime.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace store_faults_test {

using namespace es::testing;
using namespace post;
using namespace std::chrono_literals;
using es::errc;

namespace {

struct faulty_world : test_runtime {
  explicit faulty_world(es::actors::settings how = defaults())
    : test_runtime(types_of<parcel>(), how) {
    accept<parcel>(id, accept_parcel{"Main Street 1", 500});
  }

  std::string id = new_id<parcel>();

  es::result<es::receipt> move(const std::string& place,
                               es::command_options options = {}) {
    return execute<parcel>(id, move_parcel{place}, std::move(options));
  }

  errc code_of_move(const std::string& place,
                    es::command_options options = {}) {
    return refuse<parcel>(id, move_parcel{place}, std::move(options)).code;
  }

  std::size_t stored() const {
    return events(id).size();
  }
};

} // namespace

ES_TEST_WITH(faulty_world, "the n-th commit fails, those around it do not") {
  faults().fail_commit(2);
  ES_CHECK(move("Ghent"));
  ES_CHECK_EQ(code_of_move("Paris"), errc::unavailable);
  ES_CHECK(move("Rome"));
  then_stored<parcel>(id, parcel_accepted{"Main Street 1", 500},
                      parcel_moved{"Ghent"}, parcel_moved{"Rome"});
}

ES_TEST_WITH(faulty_world, "a commit fails with the error of the test") {
  faults().fail_commit(1, {errc::statement_failed, "division by zero"});
  auto why = refuse<parcel>(id, move_parcel{"Ghent"});
  ES_CHECK_EQ(why.code, errc::statement_failed);
  ES_CHECK(why.message.find("division by zero") != std::string::npos);
}

ES_TEST_WITH(faulty_world, "a commit is delayed in virtual time") {
  faults().delay_commit(1, 3s);
  const auto before = now();
  ES_CHECK(move("Ghent"));
  ES_CHECK(now() - before == 3s);
}

ES_TEST_WITH(faulty_world, "a caller waits no longer than its timeout") {
  faults().delay_commit(1, 60s);
  const auto before = now();
  ES_CHECK_EQ(code_of_move("Ghent", {.timeout = 5s}), errc::in_doubt);
  ES_CHECK(now() - before >= 5s && now() - before <= 5s + 2ms);
}

ES_TEST_WITH(faulty_world, "what follows a delayed commit waits for it") {
  faults().delay_commit(1, 3s);
  auto first = send<parcel>(id, move_parcel{"Ghent"});
  run();
  auto second = send<parcel>(id, move_parcel{"Paris"});
  advance(2s);
  ES_CHECK(!first.has_come() && !second.has_come());
  advance(1s);
  ES_CHECK_EQ(first.get().value().version, 2);
  ES_CHECK_EQ(second.get().value().version, 3);
}

ES_TEST_WITH(faulty_world, "a lost commit is in doubt, and not stored") {
  faults().lose_commit(1);
  ES_CHECK_EQ(code_of_move("Ghent", {.command_id = "m1"}), errc::in_doubt);
  ES_CHECK_EQ(stored(), 1u);
  ES_CHECK_EQ(move("Ghent", {.command_id = "m1"}).value().version, 2);
}

ES_TEST_WITH(faulty_world, "a lost answer is in doubt, and stored") {
  faults().lose_commit_answer(1);
  ES_CHECK_EQ(code_of_move("Ghent", {.command_id = "m1"}), errc::in_doubt);
  ES_CHECK_EQ(stored(), 2u);
  ES_CHECK_EQ(move("Ghent", {.command_id = "m1"}).value().version, 2);
  ES_CHECK_EQ(stored(), 2u);
}

ES_TEST_WITH(faulty_world, "a foreign writer is faster, and the command is "
                           "decided again") {
  faults().before_commit(
    1, [this] { append_foreign<parcel>(id, parcel_moved{"Rome"}); });
  ES_CHECK_EQ(move("Ghent").value().version, 3);
  then_stored<parcel>(id, parcel_accepted{"Main Street 1", 500},
                      parcel_moved{"Rome"}, parcel_moved{"Ghent"});
}

ES_TEST_WITH(faulty_world, "a foreign writer makes an expected version a "
                           "conflict") {
  append_foreign<parcel>(id, parcel_moved{"Rome"});
  ES_CHECK_EQ(code_of_move("Ghent", {.expected_version = 1}), errc::conflict);
}

ES_TEST_WITH(faulty_world, "the n-th load fails") {
  crash();
  faults().fail_load(1);
  ES_CHECK_EQ(code_of_move("Ghent"), errc::unavailable);
  ES_CHECK(move("Ghent"));
}

ES_TEST_WITH(faulty_world, "a load is delayed in virtual time") {
  crash();
  faults().delay_load(1, 2s);
  const auto before = now();
  ES_CHECK(move("Ghent"));
  ES_CHECK(now() - before == 2s);
}

ES_TEST_WITH(faulty_world, "a corrupt event stops its aggregate alone") {
  corrupt_event(id, 1, "{]");
  ES_CHECK(move("Ghent"));
  crash();
  ES_CHECK_EQ(code_of_move("Paris"), errc::corrupt);
  ES_CHECK_EQ(state_json("parcel", id).error().code, errc::corrupt);
  auto other = new_id<parcel>();
  accept<parcel>(other, accept_parcel{"Main Street 2", 1});
}

ES_TEST("a corrupt snapshot costs a replay, not the aggregate") {
  auto how = test_runtime::defaults();
  how.aggregates.snapshot_every = 1;
  faulty_world world{how};
  world.corrupt_snapshot(world.id, 1, "{]");
  world.crash();
  ES_CHECK(world.move("Ghent"));
  ES_CHECK_EQ(world.state<parcel>(world.id).grams, 500);
}

ES_TEST_WITH(faulty_world, "during an outage nothing is stored or loaded") {
  faults().begin_outage();
  ES_CHECK_EQ(code_of_move("Ghent"), errc::unavailable);
  crash();
  ES_CHECK_EQ(code_of_move("Ghent"), errc::unavailable);
  faults().end_outage();
  ES_CHECK(move("Ghent"));
}

ES_TEST_WITH(faulty_world, "a full store takes what still fits, until there is "
                           "room") {
  faults().fill_up(1);
  ES_CHECK(move("Ghent"));
  auto why = refuse<parcel>(id, move_parcel{"Paris"});
  ES_CHECK_EQ(why.code, errc::unavailable);
  ES_CHECK(why.message.find("disk") != std::string::npos);
  faults().make_room();
  ES_CHECK(move("Paris"));
  ES_CHECK_EQ(stored(), 3u);
}

ES_TEST_WITH(faulty_world, "commits and loads are counted") {
  ES_CHECK_EQ(faults().commits(), 1u);
  ES_CHECK_EQ(faults().loads(), 1u);
  ES_CHECK(move("Ghent"));
  ES_CHECK_EQ(faults().commits(), 2u);
  ES_CHECK_EQ(faults().loads(), 1u);
  ES_CHECK(failure_of([this] { faults().fail_commit(0); }));
}

ES_TEST_WITH(faulty_world, "what waits for a delayed commit is answered by a "
                           "crash") {
  faults().delay_commit(1, 3s);
  auto answer = send<parcel>(id, move_parcel{"Ghent"});
  advance(1s);
  crash();
  ES_REQUIRE(answer.has_come());
  ES_CHECK_EQ(answer.get().error().code, errc::in_doubt);
  advance(5s);
  ES_CHECK_EQ(stored(), 1u);
}

} // namespace store_faults_test

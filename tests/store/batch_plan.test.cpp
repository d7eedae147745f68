#include "eventsource/store/postgres/batch_plan.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <string>

namespace batch_plan_test {

using namespace es::store::postgres;
using es::errc;
using es::store::append_request;

namespace {

append_request append(std::string id, es::version_t expected,
                      std::size_t events = 1) {
  append_request result;
  result.aggregate_id = std::move(id);
  result.aggregate_type = "account";
  result.expected_version = expected;
  for (std::size_t i = 0; i < events; ++i)
    result.events.push_back(
      {.id = "evt_" + std::to_string(i), .type = "opened", .data = "{}"});
  return result;
}

append_request with_command(append_request result, std::string command) {
  result.command_id = std::move(command);
  return result;
}

places all_of(const std::vector<append_request>& batch) {
  places result;
  for (std::size_t i = 0; i < batch.size(); ++i)
    result.push_back(i);
  return result;
}

} // namespace

ES_TEST("appends that follow each other go into one transaction") {
  const std::vector batch{append("a", 0, 2), append("b", 7), append("a", 2),
                          append("a", 3, 3)};
  broken_aggregates broken;
  const auto plan = plan_transaction(batch, all_of(batch), broken);
  ES_CHECK(plan.now == (places{0, 1, 2, 3}));
  ES_CHECK(plan.later.empty());
  ES_CHECK(plan.refused.empty());
}

ES_TEST("an append that leaves a gap is refused, and so is what follows it") {
  const std::vector batch{append("a", 0), append("a", 5), append("a", 6),
                          append("b", 0)};
  broken_aggregates broken;
  const auto plan = plan_transaction(batch, all_of(batch), broken);
  ES_CHECK(plan.now == (places{0, 3}));
  ES_REQUIRE_EQ(plan.refused.size(), 2u);
  ES_CHECK_EQ(plan.refused[0].first, 1u);
  ES_CHECK(plan.refused[0].second.code == errc::conflict);
  ES_CHECK_EQ(plan.refused[1].first, 2u);
  ES_CHECK(plan.refused[1].second.code == errc::conflict);
}

ES_TEST("a repeated command waits for the first one's outcome") {
  const std::vector batch{with_command(append("a", 0), "c1"),
                          with_command(append("b", 0), "c1"),
                          with_command(append("a", 1), "c1"), append("a", 2)};
  broken_aggregates broken;
  const auto plan = plan_transaction(batch, all_of(batch), broken);
  ES_CHECK(plan.now == (places{0, 1}));
  ES_CHECK(plan.later == (places{2, 3}));
  ES_CHECK(plan.refused.empty());
}

ES_TEST("what stands before a refused append is not drawn in") {
  broken_aggregates broken;
  broken.add("a", 4, errc::conflict);
  ES_CHECK(!broken.follower_error(append("a", 0), 3));
  ES_CHECK(!broken.follower_error(append("b", 0), 9));
  auto why = broken.follower_error(append("a", 0), 5);
  ES_REQUIRE(why.has_value());
  ES_CHECK(why->code == errc::conflict);
  broken.add("a", 2, errc::conflict);
  ES_CHECK(broken.follower_error(append("a", 0), 3).has_value());
}

ES_TEST("what follows an append that met no database is told the same") {
  for (auto cause : {errc::unavailable, errc::overloaded, errc::in_doubt}) {
    broken_aggregates broken;
    broken.add("a", 0, cause);
    auto why = broken.follower_error(append("a", 1), 1);
    ES_REQUIRE(why.has_value());
    ES_CHECK(why->code == errc::unavailable);
  }
}

ES_TEST("what no server can store is refused before it is sent") {
  auto check = [](append_request wrong, std::string_view part) {
    auto fine = check_append(wrong);
    ES_CHECK(!fine);
    if (fine)
      return;
    ES_CHECK(fine.error().code == errc::invalid);
    ES_CHECK(fine.error().message.find(part) != std::string::npos);
  };
  const std::string nul("a\0b", 3);
  check(append("", 0), "id is empty");
  check(append("a", -1), "negative");
  check(append("a", 0, 0), "neither");
  check(append(nul, 0), "the aggregate id");
  auto wrong = append("a", 0);
  wrong.events[0].data = nul;
  check(wrong, "an event's data");
  wrong = append("a", 0);
  wrong.events[0].id = "";
  check(wrong, "event id is empty");
  wrong = append("a", 0);
  wrong.snapshot = es::store::new_snapshot{.data = "{}", .keep = 0};
  check(wrong, "at least one");
  wrong = append("a", 0);
  wrong.statements.push_back({"SELECT $1", {nul}});
  check(wrong, "parameter");
  ES_CHECK(check_append(append("a", 0)));
}

ES_TEST("a row that does not fit its table is refused before it is sent") {
  const es::projection_table table{
    .name = "accounts",
    .columns = {{"id"}, {"version", es::column_type::bigint}},
    .key = {"id"}};
  auto fits = append("a", 0);
  fits.projection =
    es::projection_change{&table, 1, es::upsert({es::cell("a"), es::cell(1)})};
  ES_CHECK(check_append(fits));
  auto too_short = fits;
  too_short.projection->change = es::upsert({es::cell("a")});
  ES_CHECK(!check_append(too_short));
  auto too_long = fits;
  too_long.projection->change = es::remove({es::cell("a"), es::cell(1)});
  ES_CHECK(!check_append(too_long));
  auto nowhere = fits;
  nowhere.projection->table = nullptr;
  ES_CHECK(!check_append(nowhere));
}

ES_TEST("a time that could not be read back is refused") {
  const auto first = *es::parse_timestamp("0001-01-01T00:00:00Z");
  const auto last = *es::parse_timestamp("9999-12-31T23:59:59.999999Z");
  constexpr std::chrono::microseconds tick{1};
  auto one = append("a", 0);
  for (const auto moment : {first, last}) {
    one.occurred_at = moment;
    ES_CHECK(check_append(one));
  }
  for (const auto moment : {first - tick, last + tick}) {
    one.occurred_at = moment;
    const auto verdict = check_append(one);
    ES_REQUIRE(!verdict);
    ES_CHECK(verdict.error().code == errc::invalid);
  }
}

} // namespace batch_plan_test

#include "eventsource/actors/relay_batch.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace relay_batch_test {

using namespace es;
using namespace es::actors;

namespace {

loaded_event event(std::string id, std::string aggregate, int attempts = 0) {
  loaded_event made;
  made.content.event.id = std::move(id);
  made.content.event.aggregate_id = std::move(aggregate);
  made.attempts = attempts;
  return made;
}

loaded_event unfit(std::string id, std::string aggregate) {
  auto made = event(std::move(id), std::move(aggregate));
  made.unfit = error{errc::corrupt, "unfit"};
  return made;
}

std::vector<std::string> content(const relay_batch& batch) {
  std::vector<std::string> ids;
  for (const auto& out : *batch.content())
    ids.push_back(out.event.id);
  return ids;
}

std::vector<std::string> ids(const std::vector<relay_batch::failure>& failed) {
  std::vector<std::string> all;
  for (const auto& x : failed)
    all.push_back(x.event_id);
  return all;
}

using names = std::vector<std::string>;

result<void> no(errc code) {
  return fail(code, "no");
}

} // namespace

ES_TEST("an event that failed hides what its aggregate's later ones answered") {
  relay_batch batch{
    {event("a1", "a"), event("a2", "a", 4), event("a3", "a"), event("b1", "b")},
    true};
  ES_CHECK(content(batch) == names({"a1", "a2", "a3", "b1"}));
  auto verdict = batch.judge({{}, no(errc::invalid), {}, {}});
  ES_CHECK(verdict.published == names({"a1", "b1"}));
  ES_REQUIRE(ids(verdict.failed) == names({"a2"}));
  ES_CHECK_EQ(verdict.failed[0].attempts, 4);
  ES_CHECK(!verdict.outage);
}

ES_TEST("without order each outcome stands for itself") {
  relay_batch batch{{event("a1", "a"), event("a2", "a"), event("a3", "a")},
                    false};
  auto verdict = batch.judge({{}, no(errc::invalid), {}});
  ES_CHECK(verdict.published == names({"a1", "a3"}));
  ES_CHECK(ids(verdict.failed) == names({"a2"}));
}

ES_TEST("an event that was left out is neither blamed nor an outage") {
  for (bool ordered : {true, false}) {
    relay_batch batch{{event("a1", "a"), event("a2", "a")}, ordered};
    auto verdict = batch.judge({no(errc::invalid), tl::unexpected(left_out())});
    ES_CHECK(ids(verdict.failed) == names({"a1"}));
    ES_CHECK(verdict.published.empty());
    ES_CHECK(!verdict.outage);
  }
}

ES_TEST("an event that can't be written is not sent, nor what follows it in "
        "its aggregate") {
  relay_batch batch{
    {event("a1", "a"), unfit("a2", "a"), event("a3", "a"), event("b1", "b")},
    true};
  ES_CHECK(content(batch) == names({"a1", "b1"}));
  auto verdict = batch.judge({{}, {}});
  ES_CHECK(verdict.published == names({"a1", "b1"}));
  ES_CHECK(ids(verdict.failed) == names({"a2"}));
  // Nor is it blamed when the one before it has to come first.
  verdict = batch.judge({no(errc::invalid), {}});
  ES_CHECK(ids(verdict.failed) == names({"a1"}));
}

ES_TEST("an outage blames no event, and ends its aggregates") {
  relay_batch batch{{event("a1", "a"), event("a2", "a"), event("b1", "b")},
                    true};
  for (auto code : {errc::unavailable, errc::overloaded}) {
    auto verdict = batch.judge({no(code), {}, {}});
    ES_CHECK(verdict.published == names({"b1"}));
    ES_CHECK(verdict.failed.empty());
    ES_REQUIRE(verdict.outage.has_value());
    ES_CHECK(verdict.outage->code == code);
  }
}

ES_TEST("an outcome that is missing is an outage, one too many is nothing") {
  relay_batch batch{{event("a1", "a"), event("b1", "b")}, true};
  auto verdict = batch.judge({{}});
  ES_CHECK(verdict.published == names({"a1"}));
  ES_CHECK(verdict.outage.has_value());
  verdict = batch.judge({{}, {}, no(errc::invalid)});
  ES_CHECK_EQ(verdict.published.size(), 2u);
}

} // namespace relay_batch_test

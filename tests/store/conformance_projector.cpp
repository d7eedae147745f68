#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tests/store/conformance.hpp"

#include <stdexcept>

namespace conformance_projector_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

/// Counts the words that events name, in the table of the fixtures.
std::shared_ptr<async_projection> word_counts() {
  auto made = std::make_shared<async_projection>(
    "words",
    std::vector<projection_table>{
      {.name = "words",
       .columns = {{"word", column_type::text}, {"total", column_type::bigint}},
       .key = {"word"},
       .version_column = ""}});
  made->on("noted", [](const recorded_event& event, projection_writer& to) {
    if (event.data.find("throw") != std::string::npos)
      throw std::runtime_error("no such word");
    if (event.data.find("null") != std::string::npos)
      to.increment("words", {nullptr, 1});
    else
      to.increment("words", {event.aggregate_id, 1});
    return result<void>{};
  });
  return made;
}

append_request saying(append_request append, std::string word) {
  for (auto& event : append.events)
    event.data = "{\"word\":\"" + word + "\"}";
  return append;
}

struct projecting {
  explicit projecting(store_fixture& where) : at(where) {
    lease = acquire();
    reopen();
  }

  held_lease acquire() {
    return at.store()
      .leases()
      .acquire_lease(key.lease_name(), "me", 1h)
      .value()
      .value();
  }

  void reopen() {
    const auto found = at.store().subscriptions().open(key, {}).value();
    one.emplace(at.store(), what, projector::target{.key = key}, found.at);
  }

  projector::outcome step(std::size_t page = 100) {
    return one->step(lease, page).value();
  }

  /// Until there is nothing left to do.
  std::size_t run(std::size_t page = 100) {
    std::size_t events = 0;
    for (int steps = 0; steps < 1'000; ++steps) {
      const auto done = step(page);
      ES_REQUIRE(!done.culprit);
      events += done.events;
      if (!done.more)
        return events;
    }
    ES_REQUIRE(false);
    return 0;
  }

  std::vector<row> rows() {
    return rows_of(at, what->tables().front());
  }

  store_fixture& at;
  std::shared_ptr<async_projection> what = word_counts();
  subscription_key key{.name = "words"};
  held_lease lease;
  std::optional<projector> one;
};

using rows = std::vector<row>;

/// The old rows are wrong: only a rebuild mends them.
void spoil(projecting& mine) {
  const auto place = mine.one->place();
  projected_batch wrong;
  wrong.key = mine.key;
  wrong.lease = mine.lease;
  wrong.from = place;
  wrong.to = place;
  --wrong.to.number;
  wrong.changes = {{.table = &mine.what->tables().front(),
                    .what = table_change::kind::increment,
                    .cells = {"wrong", 1}}};
  ES_REQUIRE(mine.at.store().subscriptions().commit(wrong));
}

projection_rebuild::options quick(std::string owner = "rebuilder") {
  return {.owner = std::move(owner), .page_events_max = 2};
}

} // namespace

// -- projecting ---------------------------------------------------------------

ES_BEHAVIOUR(
  "a projection's rows are the fold of all events, whatever the size "
  "of its batches") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 5));
  must_write(at, an_append("ldg_2", 0, 2));
  ES_CHECK_EQ(mine.run(3), 7u);
  must_write(at, an_append("ldg_1", 5, 1));
  ES_CHECK_EQ(mine.run(1), 1u);
  ES_CHECK_EQ(mine.run(), 0u);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 6}, {"ldg_2", 2}}));
}

ES_BEHAVIOUR("a projection goes on where its checkpoint is, each event once") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 5));
  ES_CHECK_EQ(mine.step(2).events, 2u);
  mine.reopen();
  mine.run(2);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 5}}));
  ES_CHECK_EQ(at.store().subscriptions().list().value()[0].progress.events, 5);
}

ES_BEHAVIOUR("a projector whose lease was taken writes nothing more") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0));
  const auto former = mine.lease;
  mine.lease = mine.acquire();
  const auto late = mine.one->step(former, 10);
  ES_CHECK(!late && late.error().code == errc::conflict);
  ES_CHECK(mine.rows().empty());
  mine.run();
  ES_CHECK(mine.rows() == rows({{"ldg_1", 1}}));
}

ES_BEHAVIOUR("a checkpoint goes past events that a projection does not want, "
             "and stays where there are none") {
  projecting mine{at};
  auto other = an_append("ldg_1", 0);
  other.events[0].type = "unwanted";
  must_write(at, other);
  ES_CHECK(mine.step().moved);
  ES_CHECK(mine.one->place()
           >= at.store().log().find_position("ldg_1", 1).value().value());
  ES_CHECK(!mine.step().moved);
}

// -- events that fail ---------------------------------------------------------

ES_BEHAVIOUR("an event whose handler throws is the culprit, and what is before "
             "it is done") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 2));
  must_write(at, saying(an_append("ldg_1", 2), "throw"));
  must_write(at, an_append("ldg_1", 3));
  for (int tries = 0; tries < 2; ++tries) {
    const auto done = mine.step();
    ES_REQUIRE(done.culprit.has_value());
    ES_CHECK_EQ(done.culprit->event.version, 3);
    ES_CHECK(done.why.message.find("no such word") != std::string::npos);
    ES_CHECK(mine.rows() == rows({{"ldg_1", 2}}));
  }
}

ES_BEHAVIOUR("an event that the database refuses is found among others") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 3));
  must_write(at, saying(an_append("ldg_1", 3), "null"));
  must_write(at, an_append("ldg_1", 4, 3));
  projector::outcome done;
  for (int steps = 0; !done.culprit; ++steps) {
    ES_REQUIRE(steps < 20);
    done = mine.step();
  }
  ES_CHECK_EQ(done.culprit->event.version, 4);
  ES_CHECK(done.why.code == errc::statement_failed);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 3}}));
}

ES_BEHAVIOUR("a culprit that is skipped is recorded with the reason, and the "
             "rest goes on") {
  projecting mine{at};
  for (const std::string word : {"fine", "throw", "null", "fine"})
    must_write(
      at, saying(an_append("ldg_" + word, head_of(at, "ldg_" + word)), word));
  for (int steps = 0;; ++steps) {
    ES_REQUIRE(steps < 50);
    const auto done = mine.step();
    if (done.culprit)
      ES_REQUIRE(
        mine.one->step(mine.lease, 100, projector::first_event::skip, 4)
          .has_value());
    else if (!done.more)
      break;
  }
  ES_CHECK(mine.rows() == rows({{"ldg_fine", 2}}));
  const auto letters =
    at.store().subscriptions().list_dead_letters("words", 10).value();
  ES_REQUIRE(letters.size() == 2u);
  ES_CHECK_EQ(letters[0].aggregate_id, "ldg_throw");
  ES_CHECK(letters[0].error.find("no such word") != std::string::npos);
  ES_CHECK_EQ(letters[0].attempts, 4);
  ES_CHECK_EQ(letters[1].aggregate_id, "ldg_null");
  ES_CHECK_EQ(at.store().subscriptions().list().value()[0].progress.events, 4);
}

// -- rebuilding ---------------------------------------------------------------

ES_BEHAVIOUR("a rebuild makes the rows anew while the old ones serve, and the "
             "projection goes on from there") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 5));
  mine.run();
  spoil(mine);
  auto rebuild =
    projection_rebuild::begin(at.other(), mine.what, quick()).value();
  auto progress = rebuild.step().value();
  ES_CHECK_EQ(progress.events, 2);
  ES_CHECK_EQ(progress.total, 5);
  ES_CHECK(!progress.finished);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 5}, {"wrong", 1}}));
  must_write(at, an_append("ldg_2", 0));
  while (!progress.finished)
    progress = rebuild.step().value();
  ES_CHECK_EQ(progress.events, 6);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 5}, {"ldg_2", 1}}));
  must_write(at, an_append("ldg_2", 1));
  const auto late = mine.one->step(mine.lease, 100);
  ES_CHECK(!late && late.error().code == errc::conflict);
  mine.reopen();
  ES_CHECK_EQ(mine.run(), 1u);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 5}, {"ldg_2", 2}}));
  ES_CHECK_EQ(at.store().subscriptions().list().value().size(), 1u);
}

ES_BEHAVIOUR("a rebuild that was interrupted goes on where it was") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 7));
  mine.run();
  spoil(mine);
  {
    auto first =
      projection_rebuild::begin(at.store(), mine.what, quick("one")).value();
    ES_REQUIRE(first.step());
    // Killed: its lease is still there.
    const auto second =
      projection_rebuild::begin(at.other(), mine.what, quick("two"));
    ES_CHECK(!second && second.error().code == errc::conflict);
    first.interrupt();
  }
  auto second =
    projection_rebuild::begin(at.other(), mine.what, quick("two")).value();
  auto progress = second.step().value();
  ES_CHECK_EQ(progress.events, 4);
  while (!progress.finished)
    progress = second.step().value();
  ES_CHECK(mine.rows() == rows({{"ldg_1", 7}}));
}

ES_BEHAVIOUR("a rebuild of a projection that never ran is its beginning") {
  const auto what = word_counts();
  must_write(at, an_append("ldg_1", 0, 3));
  auto rebuild = projection_rebuild::begin(at.store(), what, quick()).value();
  while (!rebuild.step().value().finished) {
    // One page further.
  }
  projecting mine{at};
  ES_CHECK_EQ(mine.run(), 0u);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 3}}));
}

ES_BEHAVIOUR("an event that fails ends a rebuild, or is recorded by it") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0));
  must_write(at, saying(an_append("ldg_1", 1), "throw"));
  must_write(at, an_append("ldg_1", 2));
  auto rebuild =
    projection_rebuild::begin(at.store(), mine.what, quick()).value();
  const auto failed = rebuild.step();
  ES_CHECK(!failed && failed.error().code == errc::internal);
  rebuild.interrupt();
  auto how = quick();
  how.skips_failing_events = true;
  auto again = projection_rebuild::begin(at.store(), mine.what, how).value();
  projection_rebuild::progress progress;
  while (!progress.finished)
    progress = again.step().value();
  ES_CHECK_EQ(progress.skipped, 1);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 2}}));
  ES_CHECK_EQ(
    at.store().subscriptions().list_dead_letters("words", 9).value().size(),
    1u);
}

ES_BEHAVIOUR("a rebuild changes rows that it wrote pages ago, also when events "
             "had to be handled one by one in between") {
  projecting mine{at};
  auto what = word_counts();
  what->on("noted", [](const recorded_event& event, projection_writer& to) {
    if (event.version == 1)
      to.upsert("words", {event.aggregate_id, 10});
    else if (event.version == 4)
      to.remove("words", {event.aggregate_id});
    else if (event.data.find("null") != std::string::npos)
      to.upsert("words", {nullptr, 1});
    else
      to.increment("words", {event.aggregate_id, 1});
    return result<void>{};
  });
  must_write(at, an_append("ldg_1", 0, 3));
  must_write(at, saying(an_append("ldg_null", 0), "first"));
  must_write(at, saying(an_append("ldg_null", 1), "null"));
  must_write(at, an_append("ldg_2", 0, 4));
  must_write(at, an_append("ldg_1", 3));
  must_write(at, an_append("ldg_1", 4));
  must_write(at, an_append("ldg_2", 4));
  auto how = quick();
  how.skips_failing_events = true;
  auto rebuild = projection_rebuild::begin(at.store(), what, how).value();
  projection_rebuild::progress progress;
  while (!progress.finished)
    progress = rebuild.step().value();
  ES_CHECK_EQ(progress.skipped, 1);
  ES_CHECK_EQ(progress.events, 12);
  ES_CHECK(mine.rows() == rows({{"ldg_1", 1}, {"ldg_2", 1}, {"ldg_null", 10}}));
}

ES_BEHAVIOUR("a rebuild that is given up leaves the old rows") {
  projecting mine{at};
  must_write(at, an_append("ldg_1", 0, 3));
  mine.run();
  auto rebuild =
    projection_rebuild::begin(at.store(), mine.what, quick()).value();
  ES_REQUIRE(rebuild.step());
  ES_REQUIRE(projection_rebuild::discard(at.store(), *mine.what));
  ES_CHECK(!rebuild.step());
  ES_CHECK(mine.rows() == rows({{"ldg_1", 3}}));
  ES_CHECK_EQ(at.store().subscriptions().list().value().size(), 1u);
}

} // namespace conformance_projector_test

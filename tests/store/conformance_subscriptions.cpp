#include "eventsource/tests/store/conformance.hpp"

namespace conformance_subscriptions_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using kind = table_change::kind;

const subscription_key key{.name = "mirror"};

/// Numbers and texts beside the key, and no version.
const projection_table& counts() {
  static const projection_table table{
    .name = "counts",
    .columns = {{"country", column_type::text},
                {"day", column_type::bigint},
                {"total", column_type::bigint},
                {"weight", column_type::double_precision},
                {"note", column_type::text}},
    .key = {"country", "day"},
    .version_column = "",
  };
  return table;
}

table_change change(kind what, row cells) {
  return {.table = &counts(), .what = what, .cells = std::move(cells)};
}

struct projecting {
  explicit projecting(store_fixture& at) : store(at.store().subscriptions()) {
    auto taken = at.store().leases().acquire_lease("mirror", "me", 1h);
    ES_REQUIRE(taken && *taken);
    lease = **taken;
    place = store.open(key, {}).value().at;
  }

  /// One step further than the last batch.
  projected_batch batch(std::vector<table_change> changes) {
    return {.key = key,
            .lease = lease,
            .from = place,
            .to = {1, place.transaction + 1, 1},
            .events = 2,
            .changes = std::move(changes)};
  }

  result<void> commit(const projected_batch& what) {
    auto outcome = store.commit(what);
    if (outcome)
      place = what.to;
    return outcome;
  }

  subscription_store& store;
  held_lease lease;
  position place;
};

bool is_refused(const result<void>& outcome, errc code) {
  return !outcome && outcome.error().code == code
         && !outcome.error().message.empty();
}

} // namespace

// -- checkpoints --------------------------------------------------------------

ES_BEHAVIOUR("a subscription begins where it was opened first, and goes on "
             "where it was left") {
  projecting mine{at};
  const position start{1, 7, 3};
  const subscription_key fresh{.name = "fresh"};
  ES_CHECK(mine.store.open(fresh, start).value().at == start);
  ES_CHECK(mine.store.open(fresh, {}).value().at == start);
  ES_REQUIRE(mine.store.save(key, mine.lease, {}, start, 5));
  const auto found = at.other().subscriptions().open(key, {}).value();
  ES_CHECK(found.at == start);
  ES_CHECK_EQ(found.events, 5);
  ES_CHECK(found.state == subscription_state::running);
}

ES_BEHAVIOUR("a checkpoint moves only from where it is") {
  projecting mine{at};
  const position one{1, 1, 1};
  const position two{1, 2, 1};
  ES_CHECK(
    is_refused(mine.store.save(key, mine.lease, one, two, 1), errc::conflict));
  ES_CHECK(mine.store.save(key, mine.lease, {}, one, 1).has_value());
  ES_CHECK(
    is_refused(mine.store.save(key, mine.lease, {}, two, 1), errc::conflict));
  ES_CHECK(mine.store.open(key, {}).value().at == one);
}

ES_BEHAVIOUR("a checkpoint is not moved by whoever lost the lease") {
  projecting mine{at};
  ES_REQUIRE(
    at.other().leases().acquire_lease("mirror", "me", 1h)->has_value());
  ES_CHECK(is_refused(mine.store.save(key, mine.lease, {}, {1, 1, 1}, 1),
                      errc::conflict));
  ES_CHECK(is_refused(
    mine.commit(mine.batch({change(kind::upsert, {"fr", 1, 1, 1.0, "x"})})),
    errc::conflict));
  ES_CHECK(mine.store.open(key, {}).value().at == position{});
  ES_CHECK(rows_of(at, counts()).empty());
}

ES_BEHAVIOUR("partitions have checkpoints of their own, and stay as many") {
  auto& store = at.store().subscriptions();
  ES_REQUIRE(store.open({"shared", {0, 2}}, {}));
  ES_REQUIRE(store.open({"shared", {1, 2}}, {1, 5, 5}));
  ES_CHECK(store.open({"shared", {0, 2}}, {}).value().at == position{});
  for (const partition part :
       {partition{0, 1}, partition{0, 3}, partition{2, 3}}) {
    const auto wrong = store.open({"shared", part}, {});
    ES_CHECK(!wrong && wrong.error().code == errc::conflict);
  }
  const auto nonsense = store.open({"shared", {2, 2}}, {});
  ES_CHECK(!nonsense && nonsense.error().code == errc::invalid);
}

ES_BEHAVIOUR("a paused subscription does not move until it is resumed") {
  projecting mine{at};
  ES_REQUIRE(at.other().subscriptions().set_state(
    "mirror", subscription_state::paused, ""));
  ES_CHECK(is_refused(mine.store.save(key, mine.lease, {}, {1, 1, 1}, 1),
                      errc::conflict));
  ES_CHECK(mine.store.open(key, {}).value().state
           == subscription_state::paused);
  ES_REQUIRE(mine.store.set_state("mirror", subscription_state::running, ""));
  ES_CHECK(mine.store.save(key, mine.lease, {}, {1, 1, 1}, 1).has_value());
  ES_CHECK(
    is_refused(mine.store.set_state("nobody", subscription_state::paused, ""),
               errc::not_found));
}

ES_BEHAVIOUR("subscriptions are listed with their progress and their error") {
  auto& store = at.store().subscriptions();
  ES_REQUIRE(store.open({"b", {1, 2}}, {1, 2, 3}));
  ES_REQUIRE(store.open({"b", {0, 2}}, {}));
  ES_REQUIRE(store.open({"a", {}}, {}));
  ES_REQUIRE(store.set_state("b", subscription_state::stopped, "it is broken"));
  const auto all = at.other().subscriptions().list().value();
  ES_REQUIRE(all.size() == 3u);
  ES_CHECK_EQ(all[0].key.name, "a");
  ES_CHECK_EQ(all[1].key.part.index, 0u);
  ES_CHECK_EQ(all[2].key.part.index, 1u);
  ES_CHECK_EQ(all[2].key.part.count, 2u);
  ES_CHECK(all[2].progress.at == position({1, 2, 3}));
  ES_CHECK(all[2].progress.state == subscription_state::stopped);
  ES_CHECK_EQ(all[2].progress.error, "it is broken");
  ES_CHECK_EQ(all[2].dead_letters, 0);
}

ES_BEHAVIOUR("a subscription that was forgotten begins anew") {
  projecting mine{at};
  auto one = mine.batch({});
  one.dead_letters.push_back({.event_id = "evt_1",
                              .aggregate_id = "ldg_1",
                              .version = 1,
                              .at = {1, 1, 1},
                              .error = "no",
                              .attempts = 1});
  ES_REQUIRE(mine.commit(one));
  ES_REQUIRE(mine.store.forget("mirror"));
  ES_CHECK(mine.store.list().value().empty());
  ES_CHECK(mine.store.list_dead_letters("mirror", 10).value().empty());
  ES_CHECK(mine.store.open(key, {}).value().at == position{});
}

// -- rows and checkpoint ------------------------------------------------------

ES_BEHAVIOUR("rows of an async projection are replaced, added to and removed, "
             "in the order of the changes") {
  projecting mine{at};
  ES_REQUIRE(mine.commit(mine.batch({
    change(kind::upsert, {"fr", 1, 10, 0.5, "first"}),
    change(kind::increment, {"fr", 1, 5, 0.25, "second"}),
    change(kind::increment, {"de", 1, 1, nullptr, "new"}),
    change(kind::increment, {"de", 1, 1, 1.5, "again"}),
    change(kind::upsert, {"it", 2, 1, 1.0, "gone"}),
    change(kind::remove, {"it", 2}),
    change(kind::upsert, {"es", 1, 9, 9.0, "old"}),
    change(kind::remove, {"es", 1}),
    change(kind::increment, {"es", 1, 1, 0.0, "anew"}),
  })));
  ES_CHECK(rows_of(at, counts())
           == std::vector<row>({{"de", 1, 2, 1.5, "again"},
                                {"es", 1, 1, 0.0, "anew"},
                                {"fr", 1, 15, 0.75, "second"}}));
  ES_REQUIRE(mine.commit(mine.batch({
    change(kind::increment, {"fr", 1, -15, nullptr, nullptr}),
    change(kind::increment, {"de", 1, nullptr, 0.5, "more"}),
    change(kind::remove, {"es", 1}),
    change(kind::remove, {"nowhere", 1}),
  })));
  ES_CHECK(rows_of(at, counts(), 1)
           == std::vector<row>(
             {{"de", 1, 2, 2.0, "more"}, {"fr", 1, 0, 0.75, nullptr}}));
}

ES_BEHAVIOUR("all texts are stored as they are by an async projection") {
  projecting mine{at};
  std::vector<table_change> changes;
  std::int64_t day = 0;
  for (const auto& text : awkward_texts())
    changes.push_back(
      change(kind::upsert, {"x", ++day, 1, 1.0, text.substr(0, 2'000)}));
  ES_REQUIRE(mine.commit(mine.batch(changes)));
  const auto found = rows_of(at, counts());
  ES_REQUIRE(found.size() == changes.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ES_CHECK(found[i] == changes[i].cells);
}

ES_BEHAVIOUR("rows and checkpoint commit together or not at all") {
  projecting mine{at};
  ES_REQUIRE(mine.commit(
    mine.batch({change(kind::upsert, {"fr", 1, 1, 1.0, "there"})})));
  const auto before = mine.place;
  const std::vector<std::pair<row, errc>> wrong = {
    {{"fr", 1, 1}, errc::invalid},
    {{"fr", nullptr, 1, 1.0, "x"}, errc::statement_failed},
    {{"fr", 1, std::numeric_limits<std::int64_t>::max(), 1.0, "x"},
     errc::statement_failed},
    {{"fr", 1, 1, 1.0, std::string(1, '\0')}, errc::invalid},
  };
  for (const auto& [cells, code] : wrong) {
    auto one = mine.batch({change(kind::upsert, {"de", 1, 1, 1.0, "no"}),
                           change(kind::increment, {"fr", 1, 1, 1.0, "no"}),
                           change(kind::increment, cells)});
    one.dead_letters.push_back({.event_id = "evt_1", .error = "no"});
    ES_CHECK(is_refused(mine.commit(one), code));
    ES_CHECK(mine.store.open(key, {}).value().at == before);
    ES_CHECK(mine.store.list_dead_letters("mirror", 9).value().empty());
    ES_CHECK(rows_of(at, counts())
             == std::vector<row>({{"fr", 1, 1, 1.0, "there"}}));
  }
}

ES_BEHAVIOUR("a batch is stored once, however often it is sent") {
  projecting mine{at};
  const auto one =
    mine.batch({change(kind::increment, {"fr", 1, 1, 1.0, "x"})});
  ES_REQUIRE(mine.store.commit(one));
  ES_CHECK(is_refused(mine.store.commit(one), errc::conflict));
  ES_CHECK(rows_of(at, counts()) == std::vector<row>({{"fr", 1, 1, 1.0, "x"}}));
  ES_CHECK_EQ(mine.store.open(key, {}).value().events, 2);
}

ES_BEHAVIOUR("statements that would end the projection's transaction are "
             "refused") {
  projecting mine{at};
  auto one = mine.batch({change(kind::upsert, {"fr", 1, 1, 1.0, "x"})});
  one.statements = {{.sql = "COMMIT", .parameters = {}}};
  ES_CHECK(is_refused(mine.commit(one), errc::invalid));
  ES_CHECK(rows_of(at, counts()).empty());
}

ES_BEHAVIOUR("a table that is not described well is refused as invalid") {
  projecting mine{at};
  auto refused = [&](const projection_table& table) {
    auto one = mine.batch({{.table = &table,
                            .what = kind::upsert,
                            .cells = {"fr", 1, 1, 1.0, "x"}}});
    return is_refused(mine.commit(one), errc::invalid);
  };
  auto wrong = counts();
  wrong.name = "counts; DROP TABLE es.events";
  ES_CHECK(refused(wrong));
  wrong = counts();
  wrong.key = {"nothing"};
  ES_CHECK(refused(wrong));
  wrong = counts();
  wrong.version_column = "note";
  ES_CHECK(refused(wrong));
}

ES_BEHAVIOUR("dead letters are kept with their place and error, each event "
             "once") {
  projecting mine{at};
  auto one = mine.batch({});
  for (std::int64_t i : {2, 1})
    one.dead_letters.push_back({.event_id = "evt_" + std::to_string(i),
                                .aggregate_id = "ldg_1",
                                .version = i,
                                .at = {1, 5, i},
                                .error = "can't be",
                                .attempts = 3});
  ES_REQUIRE(mine.commit(one));
  auto again = mine.batch({});
  again.dead_letters = {one.dead_letters[0]};
  again.dead_letters[0].error = "still can't";
  ES_REQUIRE(mine.commit(again));
  const auto all = mine.store.list_dead_letters("mirror", 10).value();
  ES_REQUIRE(all.size() == 2u);
  ES_CHECK_EQ(all[0].event_id, "evt_1");
  ES_CHECK_EQ(all[0].subscription, "mirror");
  ES_CHECK_EQ(all[0].attempts, 3);
  ES_CHECK(all[0].at == position({1, 5, 1}));
  ES_CHECK_EQ(all[1].error, "still can't");
  ES_CHECK_EQ(mine.store.list_dead_letters("mirror", 1).value().size(), 1u);
  ES_CHECK_EQ(mine.store.list().value()[0].dead_letters, 2);
}

} // namespace conformance_subscriptions_test

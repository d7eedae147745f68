#include "eventsource/tools/esctl/async_check.hpp"

#include "eventsource/store/projector.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/system/stored_organizations.hpp"

namespace async_check_test {

using namespace esctl;
using namespace std::chrono_literals;
using kind = finding::kind;

namespace {

struct projected : es::testing::stored_organizations {
  std::vector<finding> findings;
  std::size_t events_read = 0;

  projected() {
    for (const auto* name : {"A", "B", "C"}) {
      register_one(name);
      rename(name, std::string(name) + "2");
    }
  }

  const es::async_projection& names() {
    return *find_projection("organization_names").value();
  }

  void project() {
    for (const auto& what : known_projections())
      project_part(what, {});
  }

  /// A few events at a time.
  void project_part(const known_projection& what, es::store::partition part) {
    const es::store::subscription_key key{what->name(), part};
    const auto lease =
      must(store.leases().acquire_lease(key.lease_name(), "me", 1h));
    const auto found = must(store.subscriptions().open(key, {}));
    es::store::projector one{store, what, {.key = key}, found.at};
    while (must(one.step(*lease, 2)).more) {
      // The next few.
    }
  }

  /// Writes past the projection, where its checkpoint is.
  void spoil(es::table_change::kind what, es::row cells) {
    const es::store::subscription_key key{names().name()};
    const auto lease =
      must(store.leases().acquire_lease(key.lease_name(), "me", 1h));
    const auto found = must(store.subscriptions().open(key, {}));
    es::store::projected_batch batch;
    batch.key = key;
    batch.lease = *lease;
    batch.from = found.at;
    batch.to = found.at;
    batch.changes = {{&names().tables().front(), what, std::move(cells)}};
    ES_REQUIRE(store.subscriptions().commit(batch));
  }

  void move_checkpoint(const es::store::position& to) {
    const es::store::subscription_key key{names().name()};
    const auto lease =
      must(store.leases().acquire_lease(key.lease_name(), "me", 1h));
    const auto found = must(store.subscriptions().open(key, {}));
    ES_REQUIRE(store.subscriptions().save(key, *lease, found.at, to, 0));
  }

  async_summary run() {
    findings.clear();
    events_read = 0;
    return must(check_async(
      store, known_projections(),
      [this](const auto& f) { findings.push_back(f); },
      [this](std::size_t events) {
        ES_CHECK_LE(events_read, events);
        events_read = events;
      }));
  }

  /// The only finding there should be.
  finding only(kind what) {
    run();
    for (const auto& f : findings)
      ES_MESSAGE(std::string(to_string(f.what)) + " " + f.aggregate_id + ": "
                 + f.message);
    ES_REQUIRE_EQ(findings.size(), 1u);
    ES_CHECK_EQ(to_string(findings[0].what), to_string(what));
    return findings[0];
  }
};

using row_change = es::table_change::kind;

} // namespace

ES_TEST_WITH(projected, "nothing is wrong with what was projected, whatever "
                        "the number of partitions") {
  for (const auto& [what, partitions] : {std::pair{known_projections()[0], 3u},
                                         std::pair{known_projections()[1], 2u}})
    for (std::uint32_t i = 0; i < partitions; ++i)
      project_part(what, {i, partitions});
  const auto summary = run();
  ES_CHECK_EQ(findings.size(), 0u);
  ES_CHECK_EQ(summary.checkpoints, 5u);
  ES_CHECK_LT(0u, events_read);
  ES_CHECK_EQ(summary.behind, 0u);
  // Three names; all of them registered on one day.
  ES_CHECK_EQ(summary.rows, 4u);
}

ES_TEST_WITH(projected, "what is not projected yet is behind, not wrong") {
  ES_CHECK_EQ(run().rows, 0u);
  project();
  register_one("D");
  rename("A", "A3");
  const auto summary = run();
  ES_CHECK_EQ(findings.size(), 0u);
  ES_CHECK_EQ(summary.behind, 3u);
}

ES_TEST_WITH(projected, "a row that is missing, one too many, and one that "
                        "differs are found with their keys") {
  project();
  spoil(row_change::remove, {id_of("B")});
  ES_CHECK_EQ(only(kind::projection_missing).aggregate_id, id_of("B"));
  spoil(row_change::upsert, {id_of("B"), "B2"});
  spoil(row_change::upsert, {"nobody", "Nobody"});
  ES_CHECK_EQ(only(kind::projection_surplus).aggregate_id, "nobody");
  spoil(row_change::remove, {"nobody"});
  spoil(row_change::upsert, {id_of("C"), "C"});
  const auto wrong = only(kind::projection_differs);
  ES_CHECK_EQ(wrong.aggregate_id, id_of("C"));
  ES_CHECK_EQ(wrong.expected, "name = \"C2\"");
  ES_CHECK_EQ(wrong.actual, "name = \"C\"");
}

ES_TEST_WITH(projected, "events that were projected twice are found") {
  project();
  ES_REQUIRE(store.subscriptions().forget("organizations_per_country"));
  project();
  const auto wrong = only(kind::projection_differs);
  ES_CHECK_EQ(wrong.expected, "registered = \"3\"");
  ES_CHECK_EQ(wrong.actual, "registered = \"6\"");
}

ES_TEST_WITH(projected, "a checkpoint that skipped events is found by its "
                        "rows, one behind the end of the log by itself") {
  project();
  register_one("D");
  move_checkpoint(store.log().end().value());
  ES_CHECK_EQ(only(kind::projection_missing).aggregate_id, id_of("D"));
  spoil(row_change::upsert, {id_of("D"), "D"});
  move_checkpoint({.epoch = 99});
  ES_CHECK_EQ(only(kind::checkpoint_ahead).aggregate_id, "organization_names");
}

ES_TEST_WITH(projected, "a projection that stopped, or lacks a partition, is a "
                        "finding") {
  project();
  ES_REQUIRE(store.subscriptions().set_state(
    "organization_names", es::store::subscription_state::stopped, "no"));
  ES_CHECK(only(kind::subscription_stopped).message.find("no")
           != std::string::npos);
  ES_REQUIRE(store.subscriptions().set_state(
    "organization_names", es::store::subscription_state::running, ""));
  ES_REQUIRE(store.subscriptions().open({"mirror", {0, 2}}, {}));
  ES_CHECK_EQ(only(kind::checkpoint_missing).aggregate_id, "mirror");
}

ES_TEST_WITH(projected, "an event that a projection went on without is a "
                        "finding, and its rows are not expected") {
  project();
  register_one("D");
  const es::store::subscription_key key{names().name()};
  const auto lease =
    must(store.leases().acquire_lease(key.lease_name(), "me", 1h));
  const auto found = must(store.subscriptions().open(key, {}));
  es::store::projector one{
    store, find_projection(names().name()).value(), {.key = key}, found.at};
  ES_REQUIRE(one.step(*lease, 1, es::store::projector::first_event::skip, 3));
  const auto letter = only(kind::subscription_dead_letter);
  ES_CHECK_EQ(letter.aggregate_id, id_of("D"));
  ES_CHECK_EQ(letter.version, 1);
}

} // namespace async_check_test

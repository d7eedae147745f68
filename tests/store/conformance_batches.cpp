#include "eventsource/tests/store/conformance.hpp"

#include <string>

namespace conformance_batches_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

std::string name_of(std::size_t i) {
  return "ldg_" + std::to_string(1'000 + i);
}

std::vector<append_request> batch_of(std::size_t count) {
  std::vector<append_request> batch;
  for (std::size_t i = 0; i < count; ++i)
    batch.push_back(an_append(name_of(i), 0));
  return batch;
}

/// Writes, and requires an outcome for each append.
std::vector<append_outcome> write(store_fixture& at,
                                  const std::vector<append_request>& batch) {
  auto outcomes = at.store().write(batch);
  ES_REQUIRE(outcomes.size() == batch.size());
  return outcomes;
}

/// Whether all but the one at `bad` were committed and are there.
void check_all_but(store_fixture& at, std::size_t bad,
                   const std::vector<append_outcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ES_CHECK_EQ(is_committed(outcomes[i]), i != bad);
    ES_CHECK_EQ(head_of(at, name_of(i)), i == bad ? 0 : 1);
  }
}

} // namespace

ES_BEHAVIOUR("an empty batch has no outcomes") {
  ES_CHECK(at.store().write({}).empty());
}

ES_BEHAVIOUR("a batch answers each append in its order") {
  auto batch = batch_of(200);
  const auto outcomes = write(at, batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ES_CHECK(is_committed(outcomes[i]));
    ES_CHECK_EQ(outcomes[i].receipt.aggregate_id, batch[i].aggregate_id);
    ES_CHECK_EQ(outcomes[i].receipt.event_ids.at(0), batch[i].events[0].id);
  }
  ES_CHECK_EQ(at.store().scan_events("", 0, 1'000)->size(), 200u);
}

ES_BEHAVIOUR("appends of one aggregate in one batch follow each other") {
  const auto outcomes = write(
    at, {an_append("ldg_1", 0, 2), an_append("ldg_2", 0), an_append("ldg_1", 2),
         an_append("ldg_2", 1, 3), an_append("ldg_1", 3)});
  for (const auto& outcome : outcomes)
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(outcomes[4].receipt.version, 4);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 4);
  ES_CHECK_EQ(head_of(at, "ldg_2"), 4);
}

ES_BEHAVIOUR("an append that does not continue the one before it in the batch "
             "is a conflict") {
  for (version_t wrong : {0, 2}) {
    const auto id = "ldg_" + std::to_string(wrong);
    const auto outcomes = write(at, {an_append(id, 0), an_append(id, wrong)});
    ES_CHECK(is_committed(outcomes[0]));
    ES_CHECK(is_refused(outcomes[1], errc::conflict));
    ES_CHECK_EQ(head_of(at, id), 1);
  }
}

ES_BEHAVIOUR("appends of one aggregate in the wrong order conflict") {
  const auto outcomes =
    write(at, {an_append("ldg_1", 1), an_append("ldg_1", 0)});
  ES_CHECK(is_refused(outcomes[0], errc::conflict));
  ES_CHECK(is_refused(outcomes[1], errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("after a refused append later ones of its aggregate conflict, and "
             "others do not") {
  auto bad = an_append("ldg_1", 1);
  bad.events[0].data = "no JSON";
  const auto outcomes =
    write(at, {an_append("ldg_1", 0), bad, an_append("ldg_1", 2),
               an_append("ldg_2", 0), an_append("ldg_1", 1)});
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_refused(outcomes[1], errc::invalid));
  ES_CHECK(is_refused(outcomes[2], errc::conflict));
  ES_CHECK(is_committed(outcomes[3]));
  // The version would fit, but it was decided on a state that never was.
  ES_CHECK(is_refused(outcomes[4], errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

// -- one bad append harms only itself (promise 6) -----------------------------

ES_BEHAVIOUR("a version conflict anywhere in a batch harms only itself") {
  for (std::size_t bad : {0, 4, 9}) {
    auto batch = batch_of(10);
    for (auto& append : batch)
      append.aggregate_id += "_" + std::to_string(bad);
    batch[bad].expected_version = 7;
    const auto outcomes = write(at, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      ES_CHECK_EQ(is_committed(outcomes[i]), i != bad);
      ES_CHECK_EQ(head_of(at, batch[i].aggregate_id), i == bad ? 0 : 1);
    }
    ES_CHECK(is_refused(outcomes[bad], errc::conflict));
  }
}

ES_BEHAVIOUR("text with a NUL character in a batch harms only its append") {
  auto batch = batch_of(5);
  batch[2].events[0].type += '\0';
  const auto outcomes = write(at, batch);
  check_all_but(at, 2, outcomes);
  ES_CHECK(is_refused(outcomes[2], errc::invalid));
}

ES_BEHAVIOUR("data that is no JSON in a batch harms only its append") {
  auto batch = batch_of(7);
  batch[5].events[0].data = "{\"open\":";
  const auto outcomes = write(at, batch);
  check_all_but(at, 5, outcomes);
  ES_CHECK(is_refused(outcomes[5], errc::invalid));
  ES_CHECK(outcomes[5].error.message.find(name_of(5)) != std::string::npos);
}

ES_BEHAVIOUR("an event id that is taken harms only its append") {
  const auto before = an_append("ldg_before", 0);
  must_write(at, before);
  auto batch = batch_of(6);
  batch[3].events[0].id = before.events[0].id;
  const auto outcomes = write(at, batch);
  check_all_but(at, 3, outcomes);
  ES_CHECK(is_refused(outcomes[3], errc::invalid));
}

ES_BEHAVIOUR("an event id twice in a batch harms only the later append") {
  auto batch = batch_of(6);
  batch[4].events[0].id = batch[1].events[0].id;
  const auto outcomes = write(at, batch);
  check_all_but(at, 4, outcomes);
  ES_CHECK(is_refused(outcomes[4], errc::invalid));
}

ES_BEHAVIOUR("a cell that its column can't hold harms only its append") {
  auto batch = batch_of(5);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto cells = a_row(name_of(i), 1, "fine");
    if (i == 2)
      cells[2] = "seven";
    batch[i] = with_change(std::move(batch[i]), every_type_table(), 1,
                           upsert(std::move(cells)));
  }
  const auto outcomes = write(at, batch);
  check_all_but(at, 2, outcomes);
  ES_CHECK(is_refused(outcomes[2], errc::invalid));
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 4u);
}

ES_BEHAVIOUR("a row without key harms only its append") {
  auto batch = batch_of(5);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto cells = a_row(name_of(i), 1, "fine");
    if (i == 0)
      cells[0] = nullptr;
    batch[i] = with_change(std::move(batch[i]), every_type_table(), 1,
                           upsert(std::move(cells)));
  }
  const auto outcomes = write(at, batch);
  check_all_but(at, 0, outcomes);
  ES_CHECK(is_refused(outcomes[0], errc::statement_failed));
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 4u);
}

ES_BEHAVIOUR("many bad appends of many kinds leave the good ones whole") {
  const auto before = an_append("ldg_before", 0);
  must_write(at, before);
  auto batch = batch_of(60);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& append = batch[i];
    append.events[0].publish = true;
    append.command_id = "cmd";
    append.snapshot = new_snapshot{.data = "{}"};
    auto cells = a_row(name_of(i), 1, "fine");
    if (i % 12 == 9)
      cells[4] = "half";
    append = with_change(std::move(append), every_type_table(), 1,
                         upsert(std::move(cells)));
    if (i % 12 == 0)
      append.expected_version = 3;
    if (i % 12 == 3)
      append.events[0].data = "'";
    if (i % 12 == 6)
      append.events[0].id = before.events[0].id;
  }
  const auto outcomes = write(at, batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const bool good = i % 3 != 0;
    ES_CHECK_EQ(is_committed(outcomes[i]), good);
    ES_CHECK_EQ(head_of(at, name_of(i)), good ? 1 : 0);
    ES_CHECK_EQ(at.store().load_snapshot(name_of(i), 9)->has_value(), good);
    ES_CHECK_EQ(at.store().find_receipt(name_of(i), "cmd")->has_value(), good);
    if (i % 12 == 0)
      ES_CHECK(is_refused(outcomes[i], errc::conflict));
    else if (!good)
      ES_CHECK(is_refused(outcomes[i], errc::invalid));
  }
  ES_CHECK_EQ(at.store().scan_outbox("", 0, 100)->size(), 40u);
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 40u);
}

ES_BEHAVIOUR("a batch in which nothing is good stores nothing") {
  auto batch = batch_of(9);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].expected_version = i % 2 ? 5 : 0;
    if (i % 2 == 0)
      batch[i].metadata = "no JSON";
  }
  for (const auto& outcome : write(at, batch))
    ES_CHECK(!outcome.ok());
  ES_CHECK(at.store().scan_events("", 0, 10)->empty());
}

} // namespace conformance_batches_test

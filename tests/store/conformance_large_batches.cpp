// What holds for a batch of a few appends holds for one of many, which stores
// may write in another way.
#include "eventsource/tests/store/conformance.hpp"

#include <string>

namespace conformance_large_batches_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

constexpr std::size_t many = 120;

std::string name_of(std::size_t i) {
  return "ldg_" + std::to_string(1'000 + i);
}

/// Each continues what `fill` stored.
std::vector<append_request> batch_after(version_t version) {
  std::vector<append_request> batch;
  for (std::size_t i = 0; i < many; ++i)
    batch.push_back(an_append(name_of(i), version));
  return batch;
}

std::vector<append_outcome> write(store_fixture& at,
                                  const std::vector<append_request>& batch) {
  auto outcomes = at.store().write(batch);
  ES_REQUIRE(outcomes.size() == batch.size());
  return outcomes;
}

void fill(store_fixture& at) {
  for (const auto& outcome : write(at, batch_after(0)))
    ES_REQUIRE(is_committed(outcome));
}

/// Whether the one at `bad` was refused with `code`, nothing of it is stored,
/// and all others are.
void check_one_bad(store_fixture& at, const std::vector<append_request>& batch,
                   std::size_t bad, errc code) {
  const auto before = head_of(at, name_of(bad));
  const auto outcomes = write(at, batch);
  for (std::size_t i = 0; i < many; ++i) {
    ES_CHECK_EQ(is_committed(outcomes[i]), i != bad);
    if (i != bad)
      ES_CHECK_EQ(head_of(at, name_of(i)), batch[i].last_version());
  }
  ES_CHECK(is_refused(outcomes[bad], code));
  ES_CHECK_EQ(head_of(at, name_of(bad)), before);
}

} // namespace

ES_BEHAVIOUR("a large batch stores every field as it was given") {
  std::vector<append_request> batch;
  for (std::size_t i = 0; i < many; ++i) {
    auto append = an_append(name_of(i), 0, 2);
    const auto& awkward = awkward_texts()[i % awkward_texts().size()];
    append.events[0].type = awkward;
    append.events[1].schema_version = 7;
    append.events[1].data =
      nlohmann::json{{"text", awkward + "\t\n\r\\N\\."}}.dump();
    append.events[1].publish = i % 2 == 0;
    append.metadata = nlohmann::json{{"note", awkward}}.dump();
    batch.push_back(std::move(append));
  }
  for (const auto& outcome : write(at, batch))
    ES_CHECK(is_committed(outcome));
  for (const auto& append : batch) {
    const auto events = events_of(at, append.aggregate_id);
    ES_REQUIRE(events.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      ES_CHECK_EQ(events[i].id, append.events[i].id);
      ES_CHECK_EQ(events[i].type, append.events[i].type);
      ES_CHECK_EQ(events[i].aggregate_type, append.aggregate_type);
      ES_CHECK_EQ(events[i].schema_version, append.events[i].schema_version);
      ES_CHECK(events[i].occurred_at == append.occurred_at);
      ES_CHECK(same_json(events[i].data, append.events[i].data));
      ES_CHECK(same_json(events[i].metadata, append.metadata));
    }
  }
  ES_CHECK_EQ(at.store().scan_outbox("", 0, 1'000)->size(), many / 2);
}

ES_BEHAVIOUR("in a large batch a version that is taken harms only its append") {
  fill(at);
  auto batch = batch_after(1);
  batch[70].expected_version = 0;
  check_one_bad(at, batch, 70, errc::conflict);
}

ES_BEHAVIOUR("in a large batch a version whose predecessor is missing harms "
             "only its append") {
  fill(at);
  auto batch = batch_after(1);
  batch[11].expected_version = 2;
  check_one_bad(at, batch, 11, errc::conflict);
}

ES_BEHAVIOUR("in a large batch an event id that is taken harms only its "
             "append") {
  fill(at);
  auto batch = batch_after(1);
  batch[99].events[0].id = events_of(at, name_of(3)).at(0).id;
  check_one_bad(at, batch, 99, errc::invalid);
}

ES_BEHAVIOUR("in a large batch data that is no JSON harms only its append") {
  auto batch = batch_after(0);
  batch[50].events[0].data = "{\"open\":";
  check_one_bad(at, batch, 50, errc::invalid);
}

ES_BEHAVIOUR("in a large batch a repeated command gets its first receipt and "
             "the others are stored") {
  auto first = an_append(name_of(5), 0);
  first.command_id = "cmd_5";
  const auto receipt = must_write(at, first);
  auto batch = batch_after(0);
  batch[5].command_id = "cmd_5";
  const auto outcomes = write(at, batch);
  for (std::size_t i = 0; i < many; ++i)
    ES_CHECK_EQ(is_committed(outcomes[i]), i != 5);
  ES_REQUIRE(is_duplicate(outcomes[5]));
  ES_CHECK(outcomes[5].receipt == receipt);
}

ES_BEHAVIOUR("many events of one aggregate are stored in their order") {
  std::vector<append_request> batch;
  for (std::size_t i = 0; i < many; ++i)
    batch.push_back(an_append("ldg_1", static_cast<version_t>(i)));
  for (const auto& outcome : write(at, batch))
    ES_CHECK(is_committed(outcome));
  const auto events = events_of(at, "ldg_1");
  ES_REQUIRE(events.size() == many);
  for (std::size_t i = 0; i < many; ++i)
    ES_CHECK_EQ(events[i].id, batch[i].events[0].id);
}

} // namespace conformance_large_batches_test

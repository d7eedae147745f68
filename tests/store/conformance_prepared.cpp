#include "eventsource/tests/store/conformance.hpp"

#include <string>
#include <utility>

namespace conformance_prepared_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

using outcomes = std::vector<append_outcome>;

outcomes write(store_fixture& at, prepared_batch& batch,
               const std::function<void()>& meanwhile = {}) {
  auto result = at.store().write_prepared(batch, meanwhile);
  ES_REQUIRE(result.size() == batch.appends().size());
  return result;
}

/// Writes the first batch, and prepares the second one meanwhile.
std::pair<outcomes, std::unique_ptr<prepared_batch>>
write_and_prepare(store_fixture& at, const std::vector<append_request>& first,
                  const std::vector<append_request>& second) {
  std::unique_ptr<prepared_batch> next;
  const auto begun = at.store().prepare(first);
  auto result = write(at, *begun, [&] { next = at.store().prepare(second); });
  ES_REQUIRE(next != nullptr);
  return {std::move(result), std::move(next)};
}

} // namespace

ES_BEHAVIOUR("nothing of a batch that is only prepared is stored") {
  const std::vector batch{an_append("ldg_1", 0), an_append("ldg_2", 0)};
  ES_CHECK_EQ(at.store().prepare(batch)->appends().size(), 2u);
  ES_CHECK(at.store().scan_events("", 0, 10)->empty());
}

ES_BEHAVIOUR("a batch that was prepared is stored like any other") {
  std::vector batch{an_append("ldg_1", 0, 2), an_append("ldg_2", 0),
                    an_append("ldg_1", 2)};
  batch[0].command_id = "cmd_1";
  batch[1].snapshot = new_snapshot{1, "{\"sum\":7}", 2};
  batch[2] = with_change(std::move(batch[2]), every_type_table(), 3,
                         upsert(a_row("ldg_1", 3, "kept")));
  must_write(at, an_append("ldg_0", 0));
  const auto begun = at.store().prepare(batch);
  for (const auto& outcome : write(at, *begun))
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 3);
  ES_CHECK_EQ(head_of(at, "ldg_2"), 1);
  ES_CHECK((*at.store().find_receipt("ldg_1", "cmd_1"))->version == 2);
  ES_CHECK((*at.store().load_snapshot("ldg_2", 1))->version == 1);
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 1u);
}

ES_BEHAVIOUR("an append that is alone may be prepared as well") {
  const std::vector batch{an_append("ldg_1", 0)};
  const auto begun = at.store().prepare(batch);
  ES_CHECK(is_committed(write(at, *begun)[0]));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

ES_BEHAVIOUR("a batch that was prepared while the one before it committed "
             "follows it") {
  const std::vector first{an_append("ldg_1", 0), an_append("ldg_2", 0)};
  const std::vector second{an_append("ldg_1", 1), an_append("ldg_3", 0),
                           an_append("ldg_2", 1, 2)};
  const auto [done, next] = write_and_prepare(at, first, second);
  for (const auto& outcome : done)
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
  for (const auto& outcome : write(at, *next))
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 2);
  ES_CHECK_EQ(head_of(at, "ldg_2"), 3);
  ES_CHECK_EQ(head_of(at, "ldg_3"), 1);
}

ES_BEHAVIOUR("what was prepared for a version that is another one's by then "
             "conflicts, and harms nobody else") {
  const std::vector first{an_append("ldg_1", 0), an_append("ldg_2", 0)};
  const std::vector second{an_append("ldg_1", 1), an_append("ldg_2", 1),
                           an_append("ldg_3", 0)};
  const auto [done, next] = write_and_prepare(at, first, second);
  const std::vector other{an_append("ldg_2", 1)};
  ES_REQUIRE(is_committed(at.other().write(other)[0]));
  const auto outcomes = write(at, *next);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_refused(outcomes[1], errc::conflict));
  ES_CHECK(is_committed(outcomes[2]));
  ES_CHECK_EQ(head_of(at, "ldg_2"), 2);
}

ES_BEHAVIOUR("what was prepared for a version that never came conflicts, and "
             "harms nobody else") {
  must_write(at, an_append("ldg_0", 0));
  const std::vector batch{an_append("ldg_1", 1), an_append("ldg_2", 0),
                          an_append("ldg_3", 0)};
  const auto begun = at.store().prepare(batch);
  const auto outcomes = write(at, *begun);
  ES_CHECK(is_refused(outcomes[0], errc::conflict));
  ES_CHECK(is_committed(outcomes[1]));
  ES_CHECK(is_committed(outcomes[2]));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("of a prepared batch only that is refused which can't be "
             "stored") {
  std::vector batch{an_append("ldg_1", 0), an_append("", 0),
                    an_append("ldg_2", 0), an_append("ldg_1", 5)};
  must_write(at, an_append("ldg_0", 0));
  const auto begun = at.store().prepare(batch);
  const auto outcomes = write(at, *begun);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_refused(outcomes[1], errc::invalid));
  ES_CHECK(is_committed(outcomes[2]));
  ES_CHECK(is_refused(outcomes[3], errc::conflict));
}

ES_BEHAVIOUR("a command that is twice in a prepared batch is executed once") {
  std::vector batch{an_append("ldg_1", 0), an_append("ldg_1", 1),
                    an_append("ldg_2", 0)};
  batch[0].command_id = batch[1].command_id = "cmd_1";
  must_write(at, an_append("ldg_0", 0));
  const auto begun = at.store().prepare(batch);
  const auto outcomes = write(at, *begun);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_duplicate(outcomes[1]));
  ES_CHECK(is_committed(outcomes[2]));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

} // namespace conformance_prepared_test

#include "eventsource/tests/store/conformance.hpp"

#include <chrono>
#include <string>

namespace conformance_commands_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

append_request a_command(std::string command_id, std::string aggregate_id,
                         version_t expected_version, std::size_t events = 1) {
  auto append = an_append(std::move(aggregate_id), expected_version, events);
  append.command_id = std::move(command_id);
  return append;
}

} // namespace

// -- repeats (promise 11) -----------------------------------------------------

ES_BEHAVIOUR("a repeated command gets the first one's receipt and stores "
             "nothing") {
  const auto first = must_write(at, a_command("cmd_1", "ldg_1", 0, 2));
  ES_CHECK_EQ(first.event_ids.size(), 2u);
  // The repeat was decided elsewhere: other events, an old or a new version.
  for (version_t expected : {0, 2}) {
    const auto repeat = write_one(at, a_command("cmd_1", "ldg_1", expected));
    ES_REQUIRE(is_duplicate(repeat));
    ES_CHECK(repeat.receipt == first);
  }
  ES_CHECK_EQ(head_of(at, "ldg_1"), 2);
}

ES_BEHAVIOUR("a repeat gets the first receipt after later commands, too") {
  const auto first = must_write(at, a_command("cmd_1", "ldg_1", 0));
  must_write(at, a_command("cmd_2", "ldg_1", 1, 3));
  must_write(at, an_append("ldg_1", 4));
  const auto repeat = write_one(at, a_command("cmd_1", "ldg_1", 5));
  ES_REQUIRE(is_duplicate(repeat));
  ES_CHECK(repeat.receipt == first);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 5);
}

ES_BEHAVIOUR("a repeat in the same batch gets the first one's receipt") {
  const auto outcomes = at.store().write(
    std::vector{a_command("cmd_1", "ldg_1", 0), an_append("ldg_2", 0),
                a_command("cmd_1", "ldg_1", 0), an_append("ldg_3", 0)});
  ES_REQUIRE(outcomes.size() == 4);
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_committed(outcomes[1]));
  ES_REQUIRE(is_duplicate(outcomes[2]));
  ES_CHECK(outcomes[2].receipt == outcomes[0].receipt);
  ES_CHECK(is_committed(outcomes[3]));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

ES_BEHAVIOUR("what was decided on a repeat's events conflicts") {
  must_write(at, a_command("cmd_1", "ldg_1", 0));
  const auto outcomes = at.store().write(
    std::vector{a_command("cmd_1", "ldg_1", 1), an_append("ldg_1", 2)});
  ES_CHECK(is_duplicate(outcomes[0]));
  ES_CHECK(is_refused(outcomes[1], errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
}

ES_BEHAVIOUR("a repeat writes no snapshot, no row and no outbox row") {
  must_write(at, a_command("cmd_1", "ldg_1", 0));
  auto repeat = with_change(a_command("cmd_1", "ldg_1", 1), every_type_table(),
                            2, upsert(a_row("r1", 2, "again")));
  repeat.snapshot = new_snapshot{.data = "{}"};
  repeat.events[0].publish = true;
  ES_CHECK(is_duplicate(write_one(at, repeat)));
  ES_CHECK(rows_of(at, every_type_table()).empty());
  ES_CHECK(!at.store().load_snapshot("ldg_1", 9).value());
  ES_CHECK(at.store().scan_outbox("", 0, 9)->empty());
}

ES_BEHAVIOUR("the same command id on another aggregate is another command") {
  const auto outcomes = at.store().write(std::vector{
    a_command("cmd_1", "ldg_1", 0), a_command("cmd_1", "ldg_2", 0)});
  ES_CHECK(is_committed(outcomes[0]));
  ES_CHECK(is_committed(outcomes[1]));
  must_write(at, a_command("cmd_1", "ldg_3", 0));
  ES_CHECK_EQ(head_of(at, "ldg_2"), 1);
}

ES_BEHAVIOUR("a command that was refused may be sent again") {
  must_write(at, an_append("ldg_1", 0));
  ES_CHECK(
    is_refused(write_one(at, a_command("cmd_1", "ldg_1", 0)), errc::conflict));
  ES_CHECK(!at.store().find_receipt("ldg_1", "cmd_1").value());
  must_write(at, a_command("cmd_1", "ldg_1", 1));
}

ES_BEHAVIOUR("a command that another program executed is a repeat") {
  const auto foreign = a_command("cmd_1", "ldg_1", 0, 2);
  const auto first = at.other().write({&foreign, 1}).front();
  ES_REQUIRE(is_committed(first));
  const auto repeat = write_one(at, a_command("cmd_1", "ldg_1", 0));
  ES_REQUIRE(is_duplicate(repeat));
  ES_CHECK(repeat.receipt == first.receipt);
}

ES_BEHAVIOUR("repeats and news of many aggregates share a batch") {
  std::vector<append_request> batch;
  for (int i = 0; i < 20; ++i)
    batch.push_back(a_command("cmd_1", "ldg_" + std::to_string(i), 0));
  std::vector<append_request> before;
  for (std::size_t i = 0; i < batch.size(); i += 2)
    before.push_back(a_command("cmd_1", batch[i].aggregate_id, 0, 3));
  const auto first = at.store().write(before);
  const auto outcomes = at.store().write(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ES_CHECK_EQ(is_duplicate(outcomes[i]), i % 2 == 0);
    ES_CHECK_EQ(is_committed(outcomes[i]), i % 2 == 1);
    if (i % 2 == 0)
      ES_CHECK(outcomes[i].receipt == first[i / 2].receipt);
  }
}

// -- commands without events --------------------------------------------------

ES_BEHAVIOUR("a command that changed nothing is remembered") {
  must_write(at, an_append("ldg_1", 0, 2));
  const auto receipt = must_write(at, a_command("cmd_1", "ldg_1", 2, 0));
  ES_CHECK_EQ(receipt.version, 2);
  ES_CHECK(receipt.event_ids.empty());
  must_write(at, an_append("ldg_1", 2));
  const auto repeat = write_one(at, a_command("cmd_1", "ldg_1", 3, 4));
  ES_REQUIRE(is_duplicate(repeat));
  ES_CHECK(repeat.receipt == receipt);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 3);
}

ES_BEHAVIOUR("a command that changed nothing may be the first of its "
             "aggregate") {
  const auto receipt = must_write(at, a_command("cmd_1", "ldg_1", 0, 0));
  ES_CHECK_EQ(receipt.version, 0);
  ES_CHECK(at.store().find_receipt("ldg_1", "cmd_1").value() == receipt);
  must_write(at, an_append("ldg_1", 0));
}

ES_BEHAVIOUR("a command that changed nothing on an old state conflicts") {
  must_write(at, an_append("ldg_1", 0, 2));
  for (version_t wrong : {0, 1, 3}) {
    const auto outcome = write_one(at, a_command("cmd_1", "ldg_1", wrong, 0));
    ES_CHECK(is_refused(outcome, errc::conflict));
  }
  ES_CHECK(!at.store().find_receipt("ldg_1", "cmd_1").value());
}

ES_BEHAVIOUR("commands with and without events follow each other in a batch") {
  const auto outcomes = at.store().write(std::vector{
    a_command("cmd_1", "ldg_1", 0, 0), a_command("cmd_2", "ldg_1", 0, 2),
    a_command("cmd_3", "ldg_1", 2, 0), a_command("cmd_3", "ldg_1", 2, 0),
    a_command("cmd_4", "ldg_1", 2, 1), a_command("cmd_5", "ldg_2", 0, 0),
    a_command("cmd_6", "ldg_3", 4, 0)});
  for (std::size_t i : {0, 1, 2, 4, 5})
    ES_CHECK(is_committed(outcomes[i]));
  ES_CHECK(is_duplicate(outcomes[3]));
  ES_CHECK(is_refused(outcomes[6], errc::conflict));
  ES_CHECK_EQ(outcomes[4].receipt.version, 3);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 3);
}

ES_BEHAVIOUR("a command that changed nothing writes no snapshot and no row") {
  must_write(at, an_append("ldg_1", 0));
  auto append =
    with_change(a_command("cmd_1", "ldg_1", 1, 0), every_type_table(), 1,
                upsert(a_row("r1", 1, "nothing happened")));
  append.snapshot = new_snapshot{.data = "{}"};
  must_write(at, append);
  ES_CHECK(rows_of(at, every_type_table()).empty());
  ES_CHECK(!at.store().load_snapshot("ldg_1", 9).value());
}

// -- receipts -----------------------------------------------------------------

ES_BEHAVIOUR("a receipt is found by aggregate and command id only") {
  const auto receipt = must_write(at, a_command("cmd_1", "ldg_1", 0, 3));
  must_write(at, a_command("cmd_2", "ldg_1", 3));
  ES_CHECK(at.store().find_receipt("ldg_1", "cmd_1").value() == receipt);
  ES_CHECK(at.other().find_receipt("ldg_1", "cmd_1").value() == receipt);
  ES_CHECK(at.store().find_receipt("ldg_1", "cmd_2").value()->version == 4);
  ES_CHECK(!at.store().find_receipt("ldg_1", "cmd_3").value());
  ES_CHECK(!at.store().find_receipt("ldg_2", "cmd_1").value());
  ES_CHECK(!at.store().find_receipt("", "").value());
}

ES_BEHAVIOUR("a command id of 200 bytes is remembered") {
  const std::string id(200, 'c');
  const auto receipt = must_write(at, a_command(id, "ldg_1", 0));
  ES_CHECK(at.store().find_receipt("ldg_1", id).value() == receipt);
  ES_CHECK(!at.store().find_receipt("ldg_1", id.substr(1)).value());
}

// -- forgetting ---------------------------------------------------------------

ES_BEHAVIOUR("commands are forgotten by their age, the oldest first, and no "
             "more than asked for") {
  std::vector<receipt> first;
  for (int i = 0; i < 5; ++i)
    first.push_back(
      must_write(at, a_command("cmd_" + std::to_string(i), "ldg_1", i)));
  auto remembered = [&](int i) {
    return at.other()
      .find_receipt("ldg_1", "cmd_" + std::to_string(i))
      .value()
      .has_value();
  };
  ES_CHECK_EQ(at.store().forget_commands(1h, 100).value(), 0u);
  ES_CHECK_EQ(at.store().forget_commands(0s, 0).value(), 0u);
  ES_CHECK(remembered(0));
  ES_CHECK_EQ(at.store().forget_commands(0s, 2).value(), 2u);
  for (int i = 0; i < 5; ++i)
    ES_CHECK_EQ(remembered(i), i >= 2);
  ES_CHECK_EQ(at.store().forget_commands(0s, 100).value(), 3u);
  ES_CHECK_EQ(at.store().forget_commands(0s, 100).value(), 0u);
  ES_CHECK(!remembered(4));
}

ES_BEHAVIOUR("a forgotten command is a new one, and its events stay") {
  must_write(at, a_command("cmd_1", "ldg_1", 0, 2));
  must_write(at, a_command("cmd_1", "ldg_2", 0, 0));
  ES_CHECK_EQ(at.store().forget_commands(0s, 100).value(), 2u);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 2);
  const auto again = must_write(at, a_command("cmd_1", "ldg_1", 2));
  ES_CHECK_EQ(again.version, 3);
  ES_CHECK(at.store().find_receipt("ldg_1", "cmd_1").value() == again);
}

ES_BEHAVIOUR("a negative age is refused") {
  must_write(at, a_command("cmd_1", "ldg_1", 0));
  const auto refused = at.store().forget_commands(-1ms, 100);
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::invalid);
  ES_CHECK(at.store().find_receipt("ldg_1", "cmd_1").value().has_value());
}

} // namespace conformance_commands_test

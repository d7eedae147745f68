// The program that runs a process manager is killed, and started again.
#include "eventsource/tests/faults/care_runtime.hpp"
#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/faults/fault_run.hpp"

namespace killed_process_test {

using namespace es;
using namespace es::testing;

namespace {

child_program process_program(const std::string& dsn) {
  return {{.uid = ::geteuid(), .gid = ::getegid(), .name = {}},
          {FAULT_PROCESS_PATH, dsn}};
}

/// Opens an account; a deposit may meet another writer, and is sent again.
void open_account(care_runtime& runtime, fault_round& round) {
  const auto id = ksuid_generator::system().next(bank::account::id_prefix);
  const std::vector<any_command> commands = {
    any_command::of(bank::open_account{"Ada"}),
    any_command::of(
      bank::deposit{static_cast<std::int64_t>(round.number(1, 5))})};
  int number = 0;
  for (const auto& each : commands) {
    command_options options;
    options.command_id = "test/" + std::to_string(number++);
    ES_REQUIRE(eventually(
      [&] { return bool(runtime->execute("account", id, each, options)); }));
  }
}

const std::string unanswered_commands =
  "SELECT count(*) FROM es.events r, jsonb_array_elements(CAST(r.data AS "
  "jsonb)->'commands') c WHERE r.type = 'process_reacted' AND NOT EXISTS "
  "(SELECT 1 FROM es.events e WHERE e.aggregate_id = c->>'aggregate_id' AND "
  "e.metadata->>'command_id' = c->>'command_id') AND NOT EXISTS (SELECT 1 "
  "FROM es.events f WHERE f.aggregate_id = r.aggregate_id AND "
  "f.data->'refusal'->'command'->>'command_id' = c->>'command_id')";

/// What must be none, and how it is counted.
const std::vector<std::pair<std::string, std::string>> faults = {
  {"accounts that nobody cared for",
   "SELECT count(*) FROM es.events e WHERE e.type = 'account_opened' AND NOT "
   "EXISTS (SELECT 1 FROM es.events r WHERE r.type = 'process_reacted' AND "
   "r.data->>'source_id' = e.aggregate_id AND r.data ? 'started')"},
  {"events that were reacted to twice",
   "SELECT count(*) FROM (SELECT 1 FROM es.events r WHERE r.type = "
   "'process_reacted' AND r.data ? 'source_id' GROUP BY r.data->>'source_id', "
   "r.data->>'source_version' HAVING count(*) > 1) AS twice"},
  {"commands that were executed twice",
   "SELECT count(*) FROM (SELECT 1 FROM es.events e WHERE e.aggregate_type = "
   "'account' GROUP BY e.aggregate_id, e.metadata->>'command_id' HAVING "
   "count(*) > 1) AS twice"},
  {"commands that were neither executed nor refused", unanswered_commands},
  {"commands that were executed and compensated",
   "SELECT count(*) FROM es.events f, es.events e WHERE f.type = "
   "'process_reacted' AND f.data ? 'refusal' AND e.metadata->>'command_id' = "
   "f.data->'refusal'->'command'->>'command_id'"},
  {"instances without their end",
   "SELECT count(DISTINCT e.aggregate_id) FROM es.events e WHERE "
   "e.aggregate_type = 'account_care' AND NOT EXISTS (SELECT 1 FROM es.events "
   "f WHERE f.aggregate_id = e.aggregate_id AND f.data ? 'ended')"},
  {"timers that are left", "SELECT count(*) FROM projection.process_timers"},
};

} // namespace

ES_TEST("a process manager that is killed at any moment has reacted to "
        "each event once, and its commands were executed once") {
  rounds_of("killed process manager", [](fault_round& round) {
    bank_server bank;
    int kills = 0;
    std::int64_t accounts = 0;
    care_runtime runtime{bank.store()};
    auto reactions = [&] {
      return bank.observe().value(
        "SELECT count(*) FROM es.events WHERE type = 'process_reacted'");
    };
    round.begin();
    while (round.goes_on() || kills < 3) {
      const auto before = reactions();
      auto program = process_program(bank.server().dsn());
      for (int i = 0; i < 5; ++i, ++accounts)
        open_account(runtime, round);
      // The leases of the one before take their time; then it is at work.
      ES_REQUIRE(eventually([&] { return reactions() != before; }));
      round.pause(0, 300);
      ES_REQUIRE(program.runs());
      program.end(SIGKILL);
      ++kills;
    }
    runtime.start_process();
    ES_REQUIRE(eventually([&] {
      return bank.observe().value("SELECT count(*) FROM es.events WHERE data ? "
                                  "'ended' AND type = 'process_reacted'")
             == std::to_string(accounts);
    }));
    // Fees that became due while nobody sent commands follow the one that ended
    // the instance.
    ES_REQUIRE(eventually(
      [&] { return bank.observe().value(unanswered_commands) == "0"; }));
    for (const auto& [what, query] : faults) {
      const auto found = bank.observe().value(query);
      if (found != "0")
        std::cout << "  BROKEN: " << found << " " << what << std::endl;
      ES_CHECK_EQ(found, "0");
    }
    std::cout << "  " << kills << " kills, " << accounts << " accounts, "
              << reactions() << " reactions" << std::endl;
    ES_CHECK(runtime->stop().clean());
  });
}

} // namespace killed_process_test

// An audit that finds nothing is worth what it could have found.
#include "eventsource/tests/faults/fault_run.hpp"

#include <fstream>

namespace load_audit_test {

using namespace es::testing;

namespace {

const std::string tables[] = {"es.events", "es.commands", "es.outbox",
                              "es.snapshots", "projection.accounts"};

const std::string damages[] = {
  // An event under another id, one that is missing, one too many.
  "UPDATE es.events SET id = 'evt_x' WHERE id = (SELECT min(id) FROM es.events "
  "WHERE type = 'deposited')",
  "DELETE FROM es.events WHERE id = (SELECT min(id) FROM es.events WHERE "
  "aggregate_version = 2)",
  "INSERT INTO es.events (id, type, aggregate_id, aggregate_type, "
  "aggregate_version, data) SELECT 'evt_x', 'deposited', aggregate_id, "
  "'account', max(aggregate_version) + 1, '{\"amount\": 0}' FROM es.events "
  "GROUP BY aggregate_id LIMIT 1",
  // A receipt that is not remembered, a command that was never sent.
  "DELETE FROM es.commands WHERE command_id = 'open-0-7'",
  "INSERT INTO es.commands SELECT aggregate_id, 'x', 1, 0 FROM es.commands "
  "LIMIT 1",
  // Rows that follow from the events.
  "UPDATE projection.accounts SET balance = balance + 1 WHERE id = (SELECT "
  "min(id) FROM projection.accounts)",
  "DELETE FROM projection.accounts WHERE id = (SELECT min(id) FROM "
  "projection.accounts)",
  "INSERT INTO projection.accounts VALUES ('x', 'x', 0, 1)",
  "DELETE FROM es.outbox WHERE event_id = (SELECT min(event_id) FROM "
  "es.outbox)",
  "UPDATE es.snapshots SET data = '{\"owner\": \"Eve\", \"balance\": 0}' WHERE "
  "aggregate_id = (SELECT min(aggregate_id) FROM es.snapshots)",
};

} // namespace

ES_TEST("the audit finds nothing after an undisturbed load, and every "
        "damage that is done to the tables") {
  rounds_of("no fault", [](fault_round& round) {
    bank_server bank;
    load_audit audit{round.seed()};
    {
      bank_runtime runtime{bank.store()};
      expect_none(audit.open_accounts(*runtime));
      audit.start(*runtime);
      ES_CHECK(audit.await_receipts(1'000));
      expect_none(audit.stop());
      ES_CHECK(runtime->stop().clean());
    }
    auto link = bank.observe();
    expect_none(audit.compare(link.link()));
    for (const auto& table : tables)
      link.script("CREATE TABLE " + table + "_kept AS TABLE " + table);
    for (const auto& damage : damages) {
      link.script(damage);
      const bool found = !audit.compare(link.link()).empty();
      ES_CHECK(found);
      if (!found)
        std::cout << "  not found: " << damage << std::endl;
      for (const auto& table : tables)
        link.script("TRUNCATE " + table + "; INSERT INTO " + table
                    + " SELECT * FROM " + table + "_kept");
    }
    expect_none(audit.compare(link.link()));
  });
}

ES_TEST("the audit finds what was refused, and stored all the same") {
  bank_server bank;
  const auto log = bank.scratch() / "log";
  std::ofstream{log} << "a unavailable\nb in_doubt\nc timeout\nd rejec";
  load_audit audit{1};
  audit.read_log(log);
  auto link = bank.observe();
  auto stored = [&](const std::string& command_id) {
    link.script("TRUNCATE es.commands; INSERT INTO es.commands VALUES ('acc', '"
                + command_id + "', 0, 0)");
    return audit.compare(link.link());
  };
  ES_CHECK_EQ(stored("a").size(), 1u);
  ES_CHECK_EQ(stored("b").size(), 0u);
  ES_CHECK_EQ(stored("c").size(), 1u);
  // Its line has no end: it was not answered.
  ES_CHECK_EQ(stored("d").size(), 0u);
}

} // namespace load_audit_test

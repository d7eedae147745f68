// The server lives and answers, but does not let the writers write.
#include "eventsource/tests/faults/fault_run.hpp"

#include <memory>

namespace refused_writes_test {

using namespace es::testing;

ES_TEST("statements that run into their timeout behind a lock store "
        "nothing that was refused") {
  rounds_of("held locks", [](fault_round& round) {
    bank_server bank;
    bank.store().statement_timeout = std::chrono::milliseconds{150};
    auto other = std::make_unique<observer>(bank.server().dsn());
    int locks = 0;
    run_under_load(
      round, bank.store(), bank.server().dsn(),
      [&](auto& audit) {
        round.pause(20, 200);
        // The whole table, or one row that some batch will want.
        const bool all = round.number(0, 1) == 0;
        other->script(all ? "BEGIN; LOCK TABLE es.events IN EXCLUSIVE MODE"
                          : "BEGIN; SELECT * FROM projection.accounts ORDER "
                            "BY random() LIMIT 3 FOR UPDATE");
        round.pause(50, 500);
        other->script("ROLLBACK");
        ++locks;
        ES_CHECK(audit.await_receipts(1));
      },
      [&] { other.reset(); });
    ES_CHECK_LT(0, locks);
  });
}

ES_TEST("a database that is read-only for a while refuses, stores "
        "nothing of it, and takes commands again afterwards") {
  rounds_of("read-only database", [](fault_round& round) {
    bank_server bank;
    auto other = std::make_unique<observer>(bank.server().dsn());
    auto set_read_only = [&](const std::string& value) {
      other->script("SET default_transaction_read_only = off; ALTER DATABASE "
                    "eventsource SET default_transaction_read_only = "
                    + value);
    };
    auto end_sessions = [&] {
      other->run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                 "pid <> pg_backend_pid() AND application_name = "
                 "'eventsource'");
    };
    int times = 0;
    run_under_load(
      round, bank.store(), bank.server().dsn(),
      [&](auto& audit) {
        round.pause(50, 300);
        set_read_only("on");
        // A new session asks the database whether it may write.
        end_sessions();
        round.pause(50, 400);
        set_read_only("off");
        ++times;
        ES_CHECK(audit.await_receipts(1));
      },
      [&] { other.reset(); });
    ES_CHECK_LT(0, times);
  });
}

} // namespace refused_writes_test

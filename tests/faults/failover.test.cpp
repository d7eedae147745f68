// The primary dies, and its standby takes over.
#include "eventsource/tests/faults/fault_run.hpp"
#include "eventsource/tests/faults/standby_server.hpp"

#include <signal.h>

namespace failover_test {

using namespace es::testing;

ES_TEST("when the primary is killed and the standby promoted, no "
        "answered command is lost and the runtime goes on there") {
  rounds_of("failover", [](fault_round& round) {
    bank_server bank;
    standby_server standby{bank.server(), bank.scratch() / "standby"};
    auto where = bank.store();
    where.dsn = "host='" + bank.socket_folder() + "," + standby.socket_folder()
                + "' port=5432 user=eventsource dbname=eventsource "
                  "target_session_attrs=read-write";
    bool failed_over = false;
    run_under_load(round, where, standby.dsn(), [&](auto& audit) {
      round.pause(100, 1'500);
      if (failed_over)
        return;
      failed_over = true;
      const auto pid = bank.server().pid();
      if (pid > 0)
        ::kill(pid, SIGKILL);
      round.pause(0, 200);
      standby.promote();
      ES_CHECK(audit.await_receipts(1));
    });
    ES_CHECK(failed_over);
  });
}

} // namespace failover_test

// The server is stopped and started again, as an upgrade or a power failure
// does it.
#include "eventsource/tests/faults/fault_run.hpp"

namespace server_restart_test {

using namespace es::testing;
using stop_mode = es::store::local_server::stop_mode;

namespace {

void restart_under_load(const char* scenario, stop_mode mode) {
  rounds_of(scenario, [mode](fault_round& round) {
    bank_server bank;
    int restarts = 0;
    run_under_load(round, bank.store(), bank.server().dsn(), [&](auto& audit) {
      round.pause(50, 600);
      must(bank.server().interrupt(mode));
      round.pause(0, 200);
      must(bank.server().resume());
      ++restarts;
      ES_CHECK(audit.await_receipts(1));
    });
    ES_CHECK_LT(0, restarts);
  });
}

} // namespace

ES_TEST("a server that is restarted under load keeps what was answered "
        "and nothing that was refused") {
  restart_under_load("fast restart", stop_mode::fast);
}

ES_TEST("a server that crashes under load keeps what was answered and "
        "nothing that was refused") {
  restart_under_load("immediate restart", stop_mode::immediate);
}

} // namespace server_restart_test

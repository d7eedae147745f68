// Connections are ended by an operator, or taken by others.
#include "eventsource/tests/faults/fault_run.hpp"

#include <memory>

namespace lost_connections_test {

using namespace es::testing;

ES_TEST("connections that are ended all the time lose no answered "
        "command and store no refused one") {
  rounds_of("ended connections", [](fault_round& round) {
    bank_server bank;
    auto operator_link = bank.observe();
    std::int64_t ended = 0;
    run_under_load(
      round, bank.store(), bank.server().dsn(),
      [&](auto&) {
        round.pause(40, 60);
        const auto one = operator_link.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
          "datname "
          "= current_database() AND pid <> pg_backend_pid() AND backend_type = "
          "'client backend' ORDER BY random() LIMIT 1");
        ended += static_cast<std::int64_t>(one.size());
      },
      [&] { operator_link.link().close(); });
    ES_CHECK_LT(0, ended);
  });
}

ES_TEST("when others take all connections, commands wait or are "
        "refused, and go on when they are freed") {
  rounds_of("too many connections", [](fault_round& round) {
    bank_server bank{{{"max_connections", "12"},
                      {"superuser_reserved_connections", "0"},
                      {"max_wal_senders", "0"}}};
    auto operator_link = std::make_unique<observer>(bank.server().dsn());
    int taken = 0;
    run_under_load(
      round, bank.store(), bank.server().dsn(),
      [&](auto& audit) {
        std::vector<std::unique_ptr<observer>> others;
        // What the runtime loses is taken before it comes back.
        try {
          for (;;) {
            operator_link->run("SELECT pg_terminate_backend(pid) FROM "
                               "pg_stat_activity WHERE application_name = "
                               "'eventsource'");
            others.push_back(std::make_unique<observer>(
              bank.server().dsn() + " application_name=others"));
            ++taken;
          }
        } catch (const std::exception&) {
          // Full.
        }
        round.pause(50, 400);
        others.clear();
        ES_CHECK(audit.await_receipts(1));
        round.pause(0, 100);
      },
      [&] { operator_link.reset(); });
    ES_CHECK_LT(0, taken);
  });
}

} // namespace lost_connections_test

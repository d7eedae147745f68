// The server's disk is full for a while; needs the right to mount small ones.
#include "eventsource/tests/faults/fault_run.hpp"
#include "eventsource/tests/store/small_disk.hpp"

namespace disk_full_test {

using namespace es::testing;
using stop_mode = es::store::local_server::stop_mode;

ES_TEST("a full disk under the tables refuses, stores nothing of it, "
        "and commands are taken again when there is room") {
  rounds_of("full tables", [](fault_round& round) {
    small_disk disk{64};
    bank_server bank;
    {
      auto look = bank.observe();
      disk.give_to_owner_of(look.value("SHOW data_directory"));
      look.script("CREATE TABLESPACE small LOCATION '" + disk.path() + "'");
      for (const auto* table :
           {"es.events", "es.commands", "es.outbox", "projection.accounts"})
        look.script("ALTER TABLE " + std::string(table)
                    + " SET TABLESPACE small");
    }
    run_under_load(round, bank.store(), bank.server().dsn(), [&](auto& audit) {
      round.pause(50, 300);
      disk.fill();
      ES_CHECK(audit.await_outage());
      round.pause(0, 300);
      disk.make_room();
      ES_CHECK(audit.await_receipts(1));
    });
    must(bank.server().stop());
  });
}

ES_TEST("a server whose whole disk is full under load keeps what was "
        "answered and nothing that was refused") {
  rounds_of("full server", [](fault_round& round) {
    small_disk disk{160};
    bank_server bank{{{"max_wal_size", "32MB"}, {"min_wal_size", "32MB"}},
                     std::filesystem::path(disk.path()) / "server"};
    run_under_load(round, bank.store(), bank.server().dsn(), [&](auto& audit) {
      round.pause(50, 300);
      disk.fill();
      ES_CHECK(audit.await_outage());
      round.pause(0, 300);
      disk.make_room();
      // It may have given up, because its log had no room.
      must(bank.server().restart(stop_mode::immediate));
      ES_CHECK(audit.await_receipts(1));
    });
    must(bank.server().stop());
  });
}

} // namespace disk_full_test

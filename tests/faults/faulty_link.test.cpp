// The way to the server is slow, or breaks off anywhere.
#include "eventsource/tests/faults/faulty_link.hpp"

#include "eventsource/tests/faults/fault_run.hpp"

using namespace es::testing;

namespace {

/// Loads a runtime whose connections go through a link, which `spoil` changes.
void load_through(
  const char* scenario,
  const std::function<void(fault_round&, faulty_link&)>& spoil) {
  rounds_of(scenario, [&](fault_round& round) {
    bank_server bank;
    faulty_link link{bank.socket_folder(), round.seed()};
    auto where = bank.store();
    where.dsn = with_setting(where.dsn, "host", link.folder());
    run_under_load(round, where, bank.server().dsn(), [&](auto& audit) {
      spoil(round, link);
      link.set({});
      ES_CHECK(audit.await_receipts(1));
    });
    ES_CHECK_LT(0, link.cuts());
  });
}

} // namespace

ES_GUARDED_TEST("commits that get lost on the way, or whose answer does, are "
                "answered truthfully (promise 7)") {
  load_through("lost commits", [](auto& round, auto& link) {
    link.set({.before_commit = round.number(0, 200),
              .after_commit = round.number(20, 200)});
    round.pause(100, 600);
  });
}

ES_GUARDED_TEST("connections that break off after any byte lose no answered "
                "command") {
  load_through("cuts anywhere", [](auto& round, auto& link) {
    link.set({.delay_max_us = round.number(0, 2'000),
              .bytes_max = round.number(5'000, 500'000)});
    round.pause(200, 800);
  });
}

ES_GUARDED_TEST("commits whose answer is lost while nobody gets through are in "
                "doubt at most, and settled later") {
  load_through("cut and closed", [](auto& round, auto& link) {
    link.set({.after_commit = 1'000, .closed = true});
    // A soak also waits until the writer gives up.
    round.pause(20, round.is_soak() && round.number(1, 3) == 1 ? 12'000 : 300);
  });
}

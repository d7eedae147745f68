// The way to the server is slow, falls silent, or breaks off anywhere.
#include "eventsource/tests/faults/faulty_link.hpp"

#include "eventsource/tests/faults/fault_run.hpp"

namespace faulty_link_test {

using namespace es::testing;

namespace {

using spoiler = std::function<void(fault_round&, faulty_link&)>;

/// Loads a runtime whose connections go through a link, which `spoil` changes,
/// and returns how many of them the link has cut.
int load_once_through(
  fault_round& round, bank_server& bank, const spoiler& spoil,
  const std::function<void()>& leave = [] {}) {
  faulty_link link{bank.socket_folder(), round.seed()};
  auto where = bank.store();
  where.dsn = with_setting(where.dsn, "host", link.folder());
  run_under_load(
    round, where, bank.server().dsn(),
    [&](auto& audit) {
      spoil(round, link);
      link.set({});
      ES_CHECK(audit.await_receipts(1));
    },
    leave);
  return link.cuts();
}

void load_through(const char* scenario, const spoiler& spoil) {
  rounds_of(scenario, [&](fault_round& round) {
    bank_server bank;
    ES_CHECK_LT(0, load_once_through(round, bank, spoil));
  });
}

} // namespace

ES_TEST("commits that get lost on the way, or whose answer does, are "
        "answered truthfully (promise 7)") {
  load_through("lost commits", [](auto& round, auto& link) {
    link.set({.before_commit = round.number(0, 200),
              .after_commit = round.number(20, 200)});
    round.pause(100, 600);
  });
}

ES_TEST("connections that break off after any byte lose no answered "
        "command") {
  load_through("cuts anywhere", [](auto& round, auto& link) {
    link.set({.delay_max_us = round.number(0, 2'000),
              .bytes_max = round.number(5'000, 500'000)});
    round.pause(200, 800);
  });
}

ES_TEST("commits whose answer is lost while nobody gets through are in "
        "doubt at most, and settled later") {
  load_through("cut and closed", [](auto& round, auto& link) {
    link.set({.after_commit = 1'000, .closed = true});
    // A soak also waits until the writer gives up.
    round.pause(20, round.is_soak() && round.number(1, 3) == 1 ? 12'000 : 300);
  });
}

ES_TEST("a server that is silent for longer than the callers wait keeps "
        "nobody waiting, and what was under way is stored once") {
  rounds_of("silence", [&](fault_round& round) {
    bank_server bank;
    const auto cuts =
      load_once_through(round, bank, [](auto& each, auto& link) {
        each.pause(50, 300);
        link.set({.stalled = true});
        // Longer than the latest answer may take.
        each.pause(5'500, 6'500);
      });
    ES_CHECK_EQ(cuts, 0);
  });
}

ES_TEST("connections that fall silent for ever are given up after "
        "store.answer_timeout, and the work goes on in new ones") {
  rounds_of("frozen connections", [&](fault_round& round) {
    bank_server bank;
    bank.store().statement_timeout = std::chrono::milliseconds{1'000};
    bank.store().answer_timeout = std::chrono::milliseconds{1'500};
    load_once_through(
      round, bank,
      [](auto& each, auto& link) {
        each.pause(50, 600);
        link.freeze();
      },
      [&] {
        // Nobody tells the server that a silent connection's client is gone.
        bank.observe().end_other_sessions();
      });
  });
}

} // namespace faulty_link_test

// The process that projects or rebuilds is killed, or its server restarts.
// Afterwards all rows are the fold of all events.
#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/faults/fault_run.hpp"
#include "eventsource/tests/faults/organization_load.hpp"
#include "eventsource/tools/esctl/async_check.hpp"

namespace killed_projection_test {

using namespace es;
using namespace es::testing;
using stop_mode = store::local_server::stop_mode;

namespace {

/// Small pages and short leases: more moments between two transactions.
child_program projection(const std::string& dsn, const std::string& what) {
  return {{.uid = ::geteuid(), .gid = ::getegid(), .name = {}},
          {"/bin/sh", "-c",
           "exec '" ESCTL_PATH "' projection " + what + " --quiet --dsn '" + dsn
             + "' --set subscriptions.lease_duration=1s"
               " --set subscriptions.page_events_max=10"
               " --set subscriptions.poll_interval=20ms"
               " --set subscriptions.retry_delay_max=200ms 2>/dev/null"}};
}

const std::string rebuild = "rebuild organization_names --page 20";

/// Events that all of its partitions have done; 0 if it is not there.
std::int64_t events_of(bank_server& bank, const std::string& name) {
  return std::stoll(bank.observe().value("SELECT COALESCE(sum(events), 0) FROM "
                                         "es.subscriptions WHERE name = '"
                                         + name + "'"));
}

/// Lets the projections get to the end, and compares their rows with both
/// judges.
void expect_all_projected(bank_server& bank) {
  auto last = projection(bank.server().dsn(), "run --once");
  ES_REQUIRE(eventually([&] { return !last.runs(); }));
  expect_none(compare_projections(bank.observe().link()));
  findings found;
  auto store = must(store::postgres_store::open(bank.store()));
  const auto summary = must(esctl::check_async(
    *store, esctl::known_projections(),
    [&](const auto& f) { found.push_back(f.aggregate_id + ": " + f.message); },
    [](std::size_t) {}));
  expect_none(found);
  ES_CHECK_EQ(summary.behind, 0u);
  ES_CHECK_LT(0u, summary.rows);
}

} // namespace

ES_TEST("projections whose process is killed at any moment have the "
        "rows of all events, each once") {
  rounds_of("killed projection", [](fault_round& round) {
    bank_server bank;
    organization_load load{bank.store(), round.seed()};
    round.begin();
    int kills = 0;
    while (round.goes_on() || kills < 3) {
      auto program = projection(bank.server().dsn(), "run");
      const auto before = events_of(bank, "organization_names");
      ES_REQUIRE(eventually(
        [&] { return events_of(bank, "organization_names") > before; }));
      round.pause(0, 60);
      ES_REQUIRE(program.runs());
      program.end(SIGKILL);
      ++kills;
    }
    load.stop();
    expect_all_projected(bank);
    std::cout << "  " << kills << " kills, " << load.accepted() << " commands"
              << std::endl;
  });
}

ES_TEST("a rebuild that is killed at any moment is gone on with, while "
        "the projection runs") {
  rounds_of("killed rebuild", [](fault_round& round) {
    bank_server bank;
    organization_load load{bank.store(), round.seed()};
    ES_REQUIRE(eventually([&] { return load.accepted() > 300; }));
    auto running = projection(bank.server().dsn(), "run");
    round.begin();
    int kills = 0;
    int finished = 0;
    while (round.goes_on() || kills < 3) {
      auto program = projection(bank.server().dsn(), rebuild);
      const auto before = events_of(bank, "organization_names.rebuild");
      ES_REQUIRE(eventually([&] {
        return events_of(bank, "organization_names.rebuild") > before
               || !program.runs();
      }));
      round.pause(0, 60);
      if (program.runs())
        ++kills;
      else
        ++finished;
      program.end(SIGKILL);
    }
    load.stop();
    auto last = projection(bank.server().dsn(), rebuild);
    ES_REQUIRE(eventually([&] { return !last.runs(); }));
    ES_CHECK_EQ(events_of(bank, "organization_names.rebuild"), 0);
    running.end(SIGKILL);
    expect_all_projected(bank);
    std::cout << "  " << kills << " kills, " << finished << " finished, "
              << load.accepted() << " commands" << std::endl;
  });
}

ES_TEST("projections whose server restarts, in any way, have the rows "
        "of all events, each once") {
  rounds_of("server restart while projecting", [](fault_round& round) {
    bank_server bank;
    organization_load load{bank.store(), round.seed()};
    auto running = projection(bank.server().dsn(), "run");
    ES_REQUIRE(
      eventually([&] { return events_of(bank, "organization_names") > 0; }));
    round.begin();
    int restarts = 0;
    while (round.goes_on() || restarts < 2) {
      round.pause(50, 600);
      must(bank.server().interrupt(
        round.number(0, 1) == 0 ? stop_mode::fast : stop_mode::immediate));
      round.pause(0, 200);
      must(bank.server().resume());
      ++restarts;
      const auto before = events_of(bank, "organization_names");
      ES_REQUIRE(eventually(
        [&] { return events_of(bank, "organization_names") > before; }));
      ES_REQUIRE(running.runs());
    }
    load.stop();
    running.end(SIGKILL);
    expect_all_projected(bank);
    std::cout << "  " << restarts << " restarts, " << load.accepted()
              << " commands" << std::endl;
  });
}

} // namespace killed_projection_test

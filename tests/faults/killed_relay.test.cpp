// The process that publishes is killed, and started again.
#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/faults/fault_run.hpp"
#include "eventsource/tests/faults/published_events.hpp"

#include <fstream>

namespace killed_relay_test {

using namespace es;
using namespace es::testing;

namespace {

/// esctl, publishing to the end of a file.
child_program relay(const std::string& dsn, const std::string& file,
                    const std::string& more) {
  const std::string settings =
    " --set outbox.lease_duration=1s --set outbox.poll_interval=20ms"
    " --set outbox.batch_events_max=20 --set outbox.ordered=true";
  return {{.uid = ::geteuid(), .gid = ::getegid(), .name = {}},
          {"/bin/sh", "-c",
           "echo >> '" + file + "'; exec '" ESCTL_PATH "' relay --quiet --dsn '"
             + dsn + "'" + settings + more + " >> '" + file + "' 2>/dev/null"}};
}

std::uintmax_t size_of(const std::string& file) {
  std::error_code none_yet;
  const auto size = std::filesystem::file_size(file, none_yet);
  return none_yet ? 0 : size;
}

} // namespace

ES_TEST("a relay that is killed at any moment has published every "
        "event at least once, in order per aggregate") {
  rounds_of("killed relay", [](fault_round& round) {
    bank_server bank;
    const auto file = (bank.scratch() / "published").string();
    int kills = 0;
    {
      bank_runtime runtime{bank.store()};
      load_audit audit{round.seed()};
      expect_none(audit.open_accounts(*runtime));
      round.begin();
      audit.start(*runtime);
      while (round.goes_on() || kills < 3) {
        auto program = relay(bank.server().dsn(), file, "");
        // Its start and the lease of the one before take their time; then it
        // has a backlog.
        const auto before = size_of(file);
        ES_REQUIRE(eventually([&] { return size_of(file) > before + 100; }));
        round.pause(0, 60);
        ES_REQUIRE(program.runs());
        program.end(SIGKILL);
        ++kills;
      }
      expect_none(audit.stop());
    }
    auto last = relay(bank.server().dsn(), file, " --once");
    ES_REQUIRE(eventually([&] { return !last.runs(); }));
    published_events published;
    std::ifstream lines{file};
    for (std::string line; std::getline(lines, line);)
      if (!line.empty())
        published.take(line);
    expect_none(published.compare(bank.observe().link(), false));
    std::cout << "  " << kills << " kills, " << published.summary()
              << std::endl;
  });
}

ES_TEST("two relays share a partition: when the one that publishes is "
        "killed the other goes on, in order") {
  bank_server bank;
  const auto one = (bank.scratch() / "one").string();
  const auto two = (bank.scratch() / "two").string();
  auto read = [](const std::string& file, published_events& into) {
    std::ifstream lines{file};
    for (std::string line; std::getline(lines, line);)
      if (!line.empty())
        into.take(line);
  };
  {
    bank_runtime runtime{bank.store()};
    load_audit audit{7};
    expect_none(audit.open_accounts(*runtime));
    audit.start(*runtime);
    auto first = relay(bank.server().dsn(), one, "");
    ES_REQUIRE(eventually([&] { return size_of(one) > 100; }));
    auto second = relay(bank.server().dsn(), two, "");
    ES_REQUIRE(audit.await_receipts(500));
    first.end(SIGKILL);
    ES_REQUIRE(eventually([&] { return size_of(two) > 100; }));
    expect_none(audit.stop());
    ES_REQUIRE(eventually([&] {
      return runtime->store().outbox().measure_outbox().value().pending == 0;
    }));
    second.end(SIGKILL);
  }
  published_events published;
  read(one, published);
  read(two, published);
  expect_none(published.compare(bank.observe().link(), false));
}

} // namespace killed_relay_test

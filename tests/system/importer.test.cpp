#include "eventsource/tools/esctl/importer.hpp"

#include "eventsource/actors/system.hpp"
#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/system/scratch_folder.hpp"
#include "eventsource/tools/esctl/session.hpp"

#include <mutex>

namespace importer_test {

using namespace esctl;
using es::reference::organization;

namespace {

/// A runtime on real threads and the memory store.
struct importing {
  static es::actors::settings few_threads() {
    es::actors::init_types<>();
    es::actors::settings how;
    how.runtime.threads = 2;
    return how;
  }

  es::actors::settings how = few_threads();
  es::actors::system_config<> config{how};
  caf::actor_system system{config};
  std::shared_ptr<es::store::memory_store> store =
    std::make_shared<es::store::memory_store>();
  es::testing::scratch_folder folder;
  std::mutex mutex;
  std::vector<std::string> complaints;

  /// Empty: never.
  std::function<bool()> shall_end;

  /// Imports with a runtime of its own, as a program run does.
  import_summary run(const std::string& records, std::size_t in_flight = 100,
                     const std::string& name = "oui.csv") {
    auto runtime =
      es::actors::runtime::start(system, how, known_types(), store);
    ES_REQUIRE(runtime.has_value());
    auto file = registry_file::open(
      folder.write(name, std::string(es::testing::registry_header) + records));
    ES_REQUIRE(file.has_value());
    complaints.clear();
    importer work{*runtime,
                  {in_flight,
                   [this](const std::string& why) {
                     std::lock_guard guard{mutex};
                     complaints.push_back(why);
                   },
                   [](std::size_t, const registry_file&) {
                     // nop
                   },
                   shall_end}};
    work.import(*file);
    auto summary = work.finish();
    std::lock_guard guard{mutex};
    return summary;
  }

  std::vector<es::recorded_event> events_of(std::string_view name) {
    auto events = store->load_events(organization_id(name), 1, 10'000);
    ES_REQUIRE(events.has_value());
    return *events;
  }

  std::size_t all_events() {
    return store->scan_events("", 0, 1'000'000)->size();
  }
};

std::string row(std::string_view assignment, std::string_view name,
                std::string_view address = "Way 1 Paris  FR 75001 ") {
  return "MA-L," + std::string(assignment) + ",\"" + std::string(name) + "\",\""
         + std::string(address) + "\"\r\n";
}

} // namespace

ES_TEST_WITH(importing, "the first row registers an organization, each further "
                        "one changes its number, in the file's order") {
  auto summary = run(row("000001", "A") + row("000002", "B")
                     + row("000003", "A", "elsewhere") + row("000004", "A"));
  ES_CHECK_EQ(summary.rows, 4u);
  ES_CHECK_EQ(summary.organizations, 2u);
  ES_CHECK_EQ(summary.accepted, 4u);
  ES_CHECK_EQ(summary.refused + summary.malformed, 0u);
  ES_CHECK(complaints.empty());
  auto events = events_of("A");
  ES_REQUIRE_EQ(events.size(), 3u);
  auto first = nlohmann::json::parse(events[0].data);
  ES_CHECK_EQ(events[0].type, "organization_registered");
  ES_CHECK_EQ(first.at("name"), "A");
  ES_CHECK_EQ(first.at("registration_number"), "MA-L 000001");
  ES_CHECK_EQ(first.at("country"), "FR");
  auto last = nlohmann::json::parse(events[2].data);
  ES_CHECK_EQ(events[2].type, "registration_number_changed");
  ES_CHECK_EQ(last.at("registration_number"), "MA-L 000004");
  auto about = nlohmann::json::parse(events[1].metadata);
  ES_CHECK_EQ(about.at("address"), "elsewhere");
}

ES_TEST_WITH(importing,
             "a second import adds nothing and is answered the same") {
  auto records = row("000001", "A") + row("000002", "B") + row("000003", "A");
  run(records);
  auto before = all_events();
  auto summary = run(records);
  ES_CHECK_EQ(summary.accepted, 3u);
  ES_CHECK_EQ(summary.refused, 0u);
  ES_CHECK_EQ(all_events(), before);
}

ES_TEST_WITH(importing, "an import that ended anywhere is completed by the "
                        "next, with the same events in the same order") {
  std::string records;
  std::vector<std::string> all;
  for (int i = 0; i < 12; ++i)
    all.push_back(
      row("00000" + std::string(1, "0123456789AB"[i]), i % 3 == 0 ? "A" : "B"));
  for (const auto& one : all)
    records += one;
  for (std::size_t end = 0; end <= all.size(); ++end) {
    store = std::make_shared<es::store::memory_store>();
    std::string part;
    for (std::size_t i = 0; i < end; ++i)
      part += all[i];
    run(part);
    ES_CHECK_EQ(all_events(), end);
    run(records);
    ES_CHECK_EQ(all_events(), 12u);
    auto events = events_of("B");
    ES_REQUIRE_EQ(events.size(), 8u);
    ES_CHECK(events[7].data.find("00000B") != std::string::npos);
    ES_CHECK(events[0].data.find("000001") != std::string::npos);
  }
}

ES_TEST_WITH(importing, "an organization of another file gets one event more "
                        "for each row, once") {
  run(row("000001", "A"));
  auto iab = std::string("IAB,0050C2,A,\"\"\r\nIAB,0050C3,A,\"\"\r\n");
  for (int i = 0; i < 2; ++i) {
    auto summary = run(iab, 100, "iab.csv");
    ES_CHECK_EQ(summary.accepted, 2u);
    ES_CHECK_EQ(summary.refused, 0u);
    ES_CHECK_EQ(all_events(), 3u);
  }
  ES_CHECK(events_of("A")[2].data.find("IAB 0050C3") != std::string::npos);
}

ES_TEST_WITH(importing, "one assignment of several organizations is an event "
                        "of each") {
  run(row("080030", "A") + row("080030", "B") + row("080030", "C"));
  ES_CHECK_EQ(all_events(), 3u);
}

ES_TEST_WITH(importing, "a malformed row is reported with file and line and "
                        "skipped") {
  auto summary = run(row("000001", "A") + "MA-L,\"\r\n" + row("000003", "A"));
  ES_CHECK_EQ(summary.rows, 3u);
  ES_CHECK_EQ(summary.malformed, 1u);
  ES_CHECK_EQ(summary.accepted, 2u);
  ES_REQUIRE_EQ(complaints.size(), 1u);
  ES_CHECK(complaints[0].starts_with("oui.csv:3: "));
}

ES_TEST_WITH(importing, "a refused row is reported with file and line, and so "
                        "is what depends on it") {
  auto name = std::string(301, 'x');
  auto summary =
    run(row("000001", name) + row("000002", "A") + row("000003", name));
  ES_CHECK_EQ(summary.refused, 2u);
  ES_CHECK_EQ(summary.accepted, 1u);
  ES_CHECK_EQ(summary.organizations, 1u);
  ES_REQUIRE(!complaints.empty());
  ES_CHECK(complaints[0].starts_with("oui.csv:2: "));
  ES_CHECK(complaints[0].find("name_too_long") != std::string::npos);
}

ES_TEST_WITH(importing,
             "any bound on what is in flight gives the same events") {
  std::string records;
  for (int i = 0; i < 100; ++i)
    records += row("0000" + std::to_string(10 + i % 90) + (i < 90 ? "" : "F"),
                   std::to_string(i % 7));
  for (std::size_t in_flight : {1u, 2u, 7u, 1'000u}) {
    store = std::make_shared<es::store::memory_store>();
    auto summary = run(records, in_flight);
    ES_CHECK_EQ(summary.accepted, 100u);
    ES_CHECK_EQ(all_events(), 100u);
  }
}

ES_TEST_WITH(importing, "an import that shall end reads no further row, and "
                        "the next run completes it") {
  std::string records;
  for (int i = 10; i < 60; ++i)
    records += row("0000" + std::to_string(i), std::to_string(i));
  int rows = 0;
  shall_end = [&] { return ++rows > 20; };
  const auto summary = run(records, 5);
  ES_CHECK(summary.interrupted);
  ES_CHECK_EQ(summary.rows, 20u);
  ES_CHECK_EQ(summary.accepted, 20u);
  shall_end = {};
  ES_CHECK(!run(records).interrupted);
  ES_CHECK_EQ(all_events(), 50u);
}

ES_TEST_WITH(importing, "an outage ends the import with what was done, and the "
                        "next run completes it") {
  std::string records;
  for (int i = 10; i < 60; ++i)
    records += row("0000" + std::to_string(i), std::to_string(i % 10));
  store->fail_next_write({es::errc::unavailable, "the server is away"});
  auto summary = run(records, 1);
  ES_REQUIRE(summary.stopped_by.has_value());
  ES_CHECK(summary.stopped_by->code == es::errc::unavailable);
  ES_CHECK_LT(summary.rows, 50u);
  ES_CHECK_EQ(summary.refused, 0u);
  auto again = run(records, 10);
  ES_CHECK(!again.stopped_by);
  ES_CHECK_EQ(all_events(), 50u);
}

ES_TEST_WITH(importing, "a lost commit answer ends the import and stores "
                        "nothing twice") {
  auto records = row("000001", "A") + row("000002", "A");
  store->lose_next_commit_answer();
  auto summary = run(records, 1);
  ES_REQUIRE(summary.stopped_by.has_value());
  ES_CHECK(summary.stopped_by->code == es::errc::in_doubt);
  ES_CHECK_EQ(all_events(), 1u);
  run(records);
  ES_CHECK_EQ(all_events(), 2u);
}

} // namespace importer_test

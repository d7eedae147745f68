// Full disks, on small file systems in memory; needs the right to mount them.

#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/small_disk.hpp"

#include <string>

namespace disk_full_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// An append that no compression makes small.
append_request a_heavy_append(version_t expected) {
  auto append = an_append("ldg_1", expected);
  std::string data = "\"";
  std::uint64_t x =
    88'172'645'463'325'252u + static_cast<std::uint64_t>(expected);
  while (data.size() < 60'000) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    data += std::to_string(x);
  }
  append.events[0].data = data + '"';
  append.events[0].publish = true;
  return append;
}

/// Appends until one is refused; answers with it, and with the version.
std::pair<append_outcome, version_t> fill(event_store& store, version_t head) {
  for (; head < 10'000; ++head) {
    const auto append = a_heavy_append(head);
    auto outcome = store.write({&append, 1}).front();
    if (!outcome.ok())
      return {std::move(outcome), head};
  }
  throw std::runtime_error("the disk does not get full");
}

version_t stored_head(event_store& store) {
  version_t head = 0;
  while (true) {
    const auto page = store.load_events("ldg_1", head + 1, 50).value();
    for (const auto& event : page)
      ES_REQUIRE(event.version == ++head);
    if (page.empty())
      return head;
  }
}

} // namespace

ES_TEST("a full disk refuses appends as unavailable, and takes them "
        "when there is room again") {
  small_disk disk{4};
  test_database database;
  const auto store = database.open();
  auto look = database.observe();
  disk.give_to_owner_of(look.value("SHOW data_directory"));
  look.script("CREATE TABLESPACE small LOCATION '" + disk.path() + "'");
  look.script("ALTER TABLE es.events SET TABLESPACE small");
  auto [refused, head] = fill(*store, 0);
  ES_CHECK(head > 0);
  ES_CHECK(is_refused(refused, errc::unavailable));
  ES_CHECK(refused.error.message.find("53100") != std::string::npos);
  ES_CHECK(refused.error.message.find("disk space") != std::string::npos);
  ES_CHECK(refused.error.message.find("ldg_1") != std::string::npos);
  // Nothing of it is there, and what was there still is.
  ES_CHECK_EQ(stored_head(*store), head);
  ES_CHECK_EQ(look.value("SELECT count(*) FROM es.outbox"),
              std::to_string(head));
  ES_CHECK(is_refused(fill(*store, head).first, errc::unavailable));
  disk.grow(16);
  const auto append = a_heavy_append(head);
  ES_CHECK(is_committed(store->write({&append, 1}).front()));
  ES_CHECK_EQ(stored_head(*store), head + 1);
  look.script("ALTER TABLE es.events SET TABLESPACE pg_default");
  look.script("DROP TABLESPACE small");
}

ES_TEST("a server whose whole disk is full loses nothing that was "
        "answered, and works when there is room again") {
  small_disk disk{140};
  auto how = options_for(std::filesystem::path(disk.path()) / "server");
  how.server_settings.emplace_back("max_wal_size", "32MB");
  how.server_settings.emplace_back("min_wal_size", "32MB");
  auto server = must(local_server::start(how));
  postgres_settings settings;
  settings.dsn = server.dsn();
  must(must(migrator::open(settings)).apply());
  const auto store = must(postgres_store::open(settings));
  // The server may survive this, or panic because its log has no room.
  auto [refused, head] = fill(*store, 0);
  ES_CHECK(head > 0);
  ES_CHECK(is_refused(refused, errc::unavailable)
           || is_refused(refused, errc::in_doubt));
  disk.grow(400);
  must(server.restart(local_server::stop_mode::immediate));
  const auto there = stored_head(*store);
  // What is in doubt may be there; nothing else.
  ES_CHECK(there == head
           || (there == head + 1 && refused.error.code == errc::in_doubt));
  const auto append = a_heavy_append(there);
  ES_CHECK(is_committed(store->write({&append, 1}).front()));
  must(server.stop());
}

} // namespace disk_full_test

// A store that reads everything as of one moment, while others write.
#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

namespace one_moment_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

struct one_moment : store_fixture {
  test_database database;
  std::shared_ptr<event_store> ours = database.open();
  std::shared_ptr<event_store> moment =
    must(postgres_store::open_at_one_moment(database.settings()));

  event_store& store() override {
    return *ours;
  }
  event_store& other() override {
    return *ours;
  }

  std::size_t events_seen() {
    return must(moment->scan_events("", 0, 100)).size();
  }
};

append_request a_published_append(const std::string& id, version_t expected) {
  auto append = an_append(id, expected);
  append.events[0].publish = true;
  append.snapshot = new_snapshot{.data = "{}", .keep = 10};
  return append;
}

} // namespace

ES_TEST("a store of one moment sees what was there at its first read, "
        "in every table, whatever is committed later") {
  one_moment at;
  must_write(at, a_published_append("ldg_1", 0));
  // Its moment begins here, and not when it was opened.
  ES_CHECK_EQ(at.events_seen(), 1u);
  const auto end = must(at.moment->log().end());
  must_write(at, a_published_append("ldg_1", 1));
  must_write(at, a_published_append("ldg_2", 0));
  ES_CHECK_EQ(at.events_seen(), 1u);
  ES_CHECK_EQ(must(at.moment->scan_snapshots("", 0, 100)).size(), 1u);
  ES_CHECK_EQ(must(at.moment->scan_outbox("", 0, 100)).size(), 1u);
  ES_CHECK_EQ(must(at.moment->load_events("ldg_2", 1, 100)).size(), 0u);
  ES_CHECK_EQ(must(at.moment->log().read({})).events.size(), 1u);
  ES_CHECK(must(at.moment->log().end()) == end);
  const auto later =
    must(postgres_store::open_at_one_moment(at.database.settings()));
  ES_CHECK_EQ(must(later->scan_events("", 0, 100)).size(), 3u);
}

ES_TEST("a store of one moment holds back neither writers nor those "
        "who read the log") {
  one_moment at;
  must_write(at, a_published_append("ldg_1", 0));
  ES_CHECK_EQ(at.events_seen(), 1u);
  must_write(at, a_published_append("ldg_2", 0));
  ES_CHECK_EQ(must(at.ours->log().read({})).events.size(), 2u);
}

ES_TEST("a store of one moment writes nothing") {
  one_moment at;
  const auto append = a_published_append("ldg_1", 0);
  ES_CHECK(!at.moment->write({&append, 1}).at(0).ok());
  ES_CHECK_EQ(must(at.ours->scan_events("", 0, 100)).size(), 0u);
}

ES_TEST("a store of one moment that lost its connection says so instead "
        "of reading on at another moment") {
  one_moment at;
  must_write(at, a_published_append("ldg_1", 0));
  ES_CHECK_EQ(at.events_seen(), 1u);
  at.database.observe().script(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = "
    "'idle in transaction' AND datname = current_database()");
  for (int i = 0; i < 2; ++i) {
    const auto answer = at.moment->scan_events("", 0, 100);
    ES_REQUIRE(!answer);
    ES_CHECK(answer.error().code == errc::unavailable);
    ES_CHECK(answer.error().message.find("begin again") != std::string::npos);
  }
}

} // namespace one_moment_test

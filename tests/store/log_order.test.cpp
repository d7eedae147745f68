// Transactions that commit in another order than they began, which only a
// server has.

#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <future>

namespace log_order_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto insert_event =
  "INSERT INTO es.events (id, type, occurred_at, registered_at, aggregate_id, "
  "aggregate_type, aggregate_version, data, metadata) VALUES ($1, 'noted', "
  "now(), now(), $1, 'ledger', 1, '{}', '{}')";

struct on_server {
  test_database database;
  std::shared_ptr<event_store> store = database.open();
  observer slow = database.observe();
  observer look = database.observe();

  void write(const std::string& id) {
    const auto one = an_append(id, 0);
    ES_REQUIRE(store->write({&one, 1}).front().ok());
  }

  /// What a reader finds behind `after`, which goes on.
  std::string read(position& after) {
    const auto page = must(store->log().read({.after = after}));
    after = page.read_to;
    std::string found;
    for (const auto& each : page.events)
      found += each.event.aggregate_id + " ";
    return found;
  }

  /// What a reader finds that remembers the last position that it saw.
  std::string read_naively(std::string& last) {
    const auto found =
      look.run("SELECT aggregate_id, position FROM es.events WHERE position > "
               "$1 ORDER BY position",
               {last});
    std::string ids;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ids += std::string(found.text(i, 0)) + " ";
      last = found.text(i, 1);
    }
    return ids;
  }
};

} // namespace

ES_TEST("a reader of the last position seen loses an event that commits "
        "late; a reader of the log does not") {
  on_server at;
  position place;
  std::string last = "0";
  at.slow.link().begin();
  at.slow.run(insert_event, {"late"});
  at.write("early");
  ES_CHECK_EQ(at.read_naively(last), "early ");
  ES_CHECK_EQ(at.read(place), "");
  at.slow.link().commit();
  // Its position is below the last one seen.
  ES_CHECK_EQ(at.read_naively(last), "");
  ES_CHECK_EQ(at.read(place), "late early ");
  ES_CHECK_EQ(at.read(place), "");
}

ES_TEST("a transaction that is rolled back leaves no trace in the log") {
  on_server at;
  position place;
  at.slow.link().begin();
  at.slow.run(insert_event, {"undone"});
  at.write("early");
  ES_CHECK_EQ(at.read(place), "");
  at.slow.link().roll_back();
  ES_CHECK_EQ(at.read(place), "early ");
}

ES_TEST("an event that commits behind many others is read in its "
        "place, however they are interleaved") {
  on_server at;
  std::vector<std::unique_ptr<observer>> writers;
  for (int i = 0; i < 4; ++i) {
    writers.push_back(std::make_unique<observer>(at.database.settings().dsn));
    writers.back()->link().begin();
    writers.back()->run(insert_event, {"w" + std::to_string(i)});
  }
  position place;
  std::string seen;
  for (int i : {2, 0, 3, 1}) {
    writers[i]->link().commit();
    at.write("after_" + std::to_string(i));
    seen += at.read(place);
  }
  seen += at.read(place);
  position start;
  ES_CHECK_EQ(seen, "w0 w1 w2 w3 after_2 after_0 after_3 after_1 ");
  ES_CHECK_EQ(at.read(start), seen);
}

ES_TEST("a transaction that holds readers back is named, with its age "
        "and what waits for it") {
  on_server at;
  at.slow.script("SET application_name = 'the slow one'");
  const auto pid = at.slow.value("SELECT pg_backend_pid()");
  at.slow.link().begin();
  // It need not write events to hold them back.
  at.slow.script("CREATE TABLE elsewhere (x INT)");
  at.write("one");
  at.write("two");
  const auto status = must(at.store->log().status());
  ES_CHECK_EQ(status.held_back, 2);
  ES_REQUIRE(status.holder.has_value());
  ES_CHECK_EQ(std::to_string(status.holder->pid), pid);
  ES_CHECK_EQ(status.holder->application, "the slow one");
  ES_CHECK_EQ(status.holder->state, "idle in transaction");
  ES_CHECK(status.holder->running_for > 0us);
  at.slow.link().roll_back();
  ES_CHECK_EQ(must(at.store->log().status()).held_back, 0);
}

ES_TEST("a transaction that only reads holds nobody back") {
  on_server at;
  at.slow.link().begin();
  at.slow.script("SELECT count(*) FROM es.events");
  at.write("one");
  position place;
  ES_CHECK_EQ(at.read(place), "one ");
  at.slow.link().roll_back();
}

ES_TEST("a program of the original schema is read like any other") {
  on_server at;
  at.slow.run(insert_event, {"theirs"});
  at.write("ours");
  position place;
  ES_CHECK_EQ(at.read(place), "theirs ours ");
}

ES_TEST("large batches are read in pages by their index, not by "
        "sorting") {
  on_server at;
  const auto many = an_append("ldg_1", 0, 3'000);
  ES_REQUIRE(at.store->write({&many, 1}).front().ok());
  position place;
  std::size_t count = 0;
  for (bool more = true; more;) {
    const auto page =
      must(at.store->log().read({.after = place, .limit = 700}));
    count += page.events.size();
    place = page.read_to;
    more = page.more;
  }
  ES_CHECK_EQ(count, 3'000u);
  at.look.script("SET enable_seqscan = off; ANALYZE es.events");
  std::string plan;
  const auto lines = at.look.run(
    "EXPLAIN SELECT * FROM es.events AS e WHERE (e.epoch, e.transaction_id, "
    "e.position) > (0, '0', 0) AND (e.epoch, e.transaction_id) < (1, "
    "pg_snapshot_xmin(pg_current_snapshot())) ORDER BY e.epoch, "
    "e.transaction_id, e.position LIMIT 500");
  for (std::size_t i = 0; i < lines.size(); ++i)
    plan += std::string(lines.text(i, 0)) + "\n";
  ES_CHECK(plan.find("Index Scan") != std::string::npos);
  ES_CHECK(plan.find("Sort") == std::string::npos);
}

ES_TEST("a hint reaches the listeners of other processes, and wakes each once "
        "at most") {
  on_server at;
  auto listener = must(at.store->log().listen());
  ES_REQUIRE(listener != nullptr);
  ES_CHECK(!must(listener->wait(1ms)));
  constexpr int hints = 3;
  for (int i = 0; i < hints; ++i)
    ES_REQUIRE(at.store->log().send_hint());
  ES_CHECK(must(listener->wait(10s)));
  // Later ones may have come with it, or come now.
  int wakes = 1;
  while (wakes <= hints && must(listener->wait(200ms)))
    ++wakes;
  ES_CHECK_LE(wakes, hints);
}

ES_TEST("a listener whose connection ended says so") {
  on_server at;
  auto listener = must(at.store->log().listen());
  at.look.script("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND query LIKE "
                 "'%LISTEN%' AND pid <> pg_backend_pid()");
  // The server's last words may arrive before the end of the connection does,
  // and are no hint.
  auto outcome = listener->wait(10s);
  for (int again = 0; outcome && !*outcome && again < 3; ++again)
    outcome = listener->wait(10s);
  ES_CHECK(!outcome && outcome.error().code == errc::unavailable);
}

} // namespace log_order_test

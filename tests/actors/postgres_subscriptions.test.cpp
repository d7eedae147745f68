// Subscriptions on PostgreSQL and on real threads: hints, several processes'
// worth of runtimes, and a server that restarts.
#include "eventsource/actors/runtime.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <condition_variable>
#include <mutex>

namespace postgres_subscriptions_test {

using namespace es;
using namespace es::actors;
using namespace std::chrono_literals;
using bank::account;
using testing::must;

namespace {

/// What a subscriber saw, for the thread of the test.
class sightings {
public:
  subscriptions::callback noting() {
    return [this](std::span<const store::logged_event> events) -> result<void> {
      std::lock_guard guard{mutex_};
      for (const auto& each : events)
        all_.push_back(each.event.aggregate_id + ":"
                       + std::to_string(each.event.version));
      changed_.notify_all();
      return {};
    };
  }

  /// False if they have not come within a time that is always enough.
  bool wait_for(std::size_t count) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 60s, [&] { return all_.size() >= count; });
  }

  std::vector<std::string> all() {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

/// Two runtimes on one database, as two processes have them.
struct two_runtimes {
  explicit two_runtimes(std::chrono::milliseconds poll_interval,
                        const std::string& dsn = {}) {
    if (!dsn.empty())
      how.store.dsn = dsn;
    else
      how.store = database.emplace().settings();
    how.subscriptions.poll_interval = poll_interval;
    how.subscriptions.retry_delay_max = 200ms;
    must(must(store::migrator::open(how.store)).apply());
    testing::observer{how.store.dsn}.script(
      "CREATE TABLE IF NOT EXISTS projection.accounts (id varchar PRIMARY "
      "KEY, owner varchar, balance bigint, version bigint)");
    writer.emplace(must(runtime::start(system, how, types())));
    reader.emplace(must(runtime::start(system, how, types())));
  }

  static type_registry types() {
    type_registry all;
    must(all.add(type_of<account>()));
    return all;
  }

  static settings prepared() {
    init_types<caf::id_block::bank>();
    settings prepared;
    prepared.runtime.threads = 2;
    return prepared;
  }

  std::string opened() {
    auto id = ids.next(account::id_prefix);
    must(writer->execute<account>(id, bank::open_account{"Ada"}));
    return id;
  }

  std::optional<testing::test_database> database;
  settings how = prepared();
  system_config<caf::id_block::bank> config{how};
  caf::actor_system system{config};
  ksuid_generator ids = ksuid_generator::system();
  std::optional<runtime> writer;
  std::optional<runtime> reader;
};

} // namespace

ES_TEST("another process is woken by a hint, not by polling") {
  two_runtimes at{1h};
  sightings seen;
  must(at.reader->subscriptions().subscribe({}, seen.noting()));
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    expected.push_back(at.opened() + ":1");
    ES_REQUIRE(seen.wait_for(expected.size()));
  }
  ES_CHECK(seen.all() == expected);
}

ES_TEST("without hints another process finds events by polling") {
  two_runtimes at{20ms};
  auto how = at.how;
  how.subscriptions.notify = false;
  at.writer.reset();
  at.writer.emplace(must(runtime::start(at.system, how, at.types())));
  sightings seen;
  must(at.reader->subscriptions().subscribe({.name = "mirror"}, seen.noting()));
  const auto id = at.opened();
  ES_REQUIRE(seen.wait_for(1));
  ES_CHECK_EQ(seen.all()[0], id + ":1");
}

ES_TEST("a named subscription moves to another process with its checkpoint") {
  two_runtimes at{20ms};
  sightings first;
  sightings second;
  must(
    at.reader->subscriptions().subscribe({.name = "mirror"}, first.noting()));
  const auto one = at.opened();
  ES_REQUIRE(first.wait_for(1));
  at.reader.reset();
  must(
    at.writer->subscriptions().subscribe({.name = "mirror"}, second.noting()));
  const auto two = at.opened();
  ES_REQUIRE(second.wait_for(1));
  ES_CHECK(second.all() == std::vector<std::string>({two + ":1"}));
  ES_CHECK(first.all() == std::vector<std::string>({one + ":1"}));
}

ES_TEST("callers wait for a subscription of another process") {
  two_runtimes at{20ms};
  sightings seen;
  must(at.reader->subscriptions().subscribe({.name = "mirror"}, seen.noting()));
  const auto stored = must(at.writer->execute<account>(
    at.ids.next(account::id_prefix), bank::open_account{"Ada"}));
  ES_CHECK(
    at.writer->subscriptions().wait_for("mirror", stored, 60s).has_value());
  ES_CHECK(seen.wait_for(1));
}

ES_TEST("after a restart of the server subscriptions go on, with hints, and "
        "miss nothing") {
  store::local_server_options options;
  options.temporary = true;
  options.server_settings = {{"fsync", "off"}};
  auto server = must(store::local_server::start(std::move(options)));
  two_runtimes at{1h, server.dsn()};
  sightings seen;
  must(at.reader->subscriptions().subscribe({.name = "mirror"}, seen.noting()));
  std::vector<std::string> expected{at.opened() + ":1"};
  ES_REQUIRE(seen.wait_for(1));
  must(server.restart());
  for (int i = 0; i < 3; ++i)
    expected.push_back(at.opened() + ":1");
  // The listener's new connection makes up for the hints that were lost.
  ES_REQUIRE(seen.wait_for(4));
  auto all = seen.all();
  // What was delivered and not noted may come twice.
  all.erase(std::unique(all.begin(), all.end()), all.end());
  ES_CHECK(all == expected);
  at.writer.reset();
  at.reader.reset();
}

} // namespace postgres_subscriptions_test

// Servers that neither answer nor end the connection.

#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <signal.h>

namespace silent_server_test {

using namespace es;
using namespace es::store;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

/// The server's processes for a store's connections, which stand still as long
/// as this lives.
class stopped_sessions {
public:
  explicit stopped_sessions(observer& look) {
    const auto found = look.run("SELECT pid FROM pg_stat_activity WHERE "
                                "datname = current_database() AND pid <> "
                                "pg_backend_pid()");
    for (std::size_t i = 0; i < found.size(); ++i) {
      pids_.push_back(static_cast<pid_t>(found.number(i, 0)));
      ::kill(pids_.back(), SIGSTOP);
    }
  }

  stopped_sessions(const stopped_sessions&) = delete;
  stopped_sessions& operator=(const stopped_sessions&) = delete;

  ~stopped_sessions() {
    for (auto pid : pids_)
      ::kill(pid, SIGCONT);
  }

  [[nodiscard]] std::size_t count() const {
    return pids_.size();
  }

private:
  std::vector<pid_t> pids_;
};

} // namespace

ES_TEST("a session that falls silent is given up, and its appends are "
        "stored in another one") {
  test_database database;
  database.settings().answer_timeout = 300ms;
  const auto store = database.open();
  const auto first = an_append("ldg_1", 0);
  ES_REQUIRE(is_committed(store->write({&first, 1}).front()));
  auto look = database.observe();
  {
    const stopped_sessions silent{look};
    ES_REQUIRE(silent.count() == 1);
    const auto second = an_append("ldg_1", 1);
    ES_CHECK(is_committed(store->write({&second, 1}).front()));
  }
  // One that is about to end may hold what a new one needs to begin.
  ES_REQUIRE(eventually([&] {
    return look.value("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                      "current_database() AND pid <> pg_backend_pid()")
           == "1";
  }));
  {
    const stopped_sessions silent{look};
    ES_REQUIRE(silent.count() == 1);
    ES_CHECK_EQ(store->load_events("ldg_1", 1, 10).value().size(), 2u);
  }
  ES_CHECK_EQ(look.value("SELECT count(*) FROM es.events"), "2");
}

ES_TEST("a silent session's refusal says so") {
  test_database database;
  database.settings().answer_timeout = 200ms;
  database.settings().statement_timeout = 0s;
  const auto store = database.open();
  auto look = database.observe();
  look.script("BEGIN; LOCK TABLE es.events IN ACCESS EXCLUSIVE MODE");
  const auto read = store->load_events("ldg_1", 1, 10);
  ES_REQUIRE(!read);
  ES_CHECK(read.error().code == errc::unavailable);
  ES_CHECK(read.error().message.find("did not answer within 200 ms")
           != std::string::npos);
  look.script("ROLLBACK");
}

ES_TEST("a commit that the server is silent about is looked up, and "
        "stored once") {
  test_database database;
  database.settings().answer_timeout = 1s;
  database.settings().statement_timeout = 0s;
  const auto store = database.open();
  auto look = database.observe();
  // What is deferred runs within COMMIT; here for the first one only.
  look.script(
    "CREATE SEQUENCE es.commits;"
    "CREATE FUNCTION es.linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF nextval('es.commits') = 1 THEN PERFORM pg_sleep(1.5); END IF; "
    "RETURN NULL; END $$;"
    "CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON es.events DEFERRABLE "
    "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION es.linger()");
  const auto append = an_append("ldg_1", 0);
  ES_CHECK(is_committed(store->write({&append, 1}).front()));
  ES_CHECK_EQ(look.value("SELECT count(*) FROM es.events"), "1");
  ES_CHECK_EQ(look.value("SELECT count(*) FROM es.outbox"),
              std::to_string(append.events[0].publish ? 1 : 0));
}

ES_TEST("a server that answers in time is left alone, however long the "
        "connection lasts") {
  test_database database;
  database.settings().answer_timeout = 200ms;
  const auto store = database.open();
  auto look = database.observe();
  const std::string sessions = "SELECT min(pid) FROM pg_stat_activity WHERE "
                               "datname = current_database() AND pid <> "
                               "pg_backend_pid()";
  ES_REQUIRE(store->load_events("ldg_1", 1, 10).has_value());
  const auto pid = look.value(sessions);
  for (int i = 0; i < 10; ++i) {
    look.run("SELECT pg_sleep(0.06)");
    ES_CHECK(store->load_events("ldg_1", 1, 10).has_value());
  }
  ES_CHECK_EQ(look.value(sessions), pid);
}

} // namespace silent_server_test

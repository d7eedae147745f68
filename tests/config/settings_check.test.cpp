// What is wrong with settings as a whole, and where it was read.
#include "eventsource/actors/settings.hpp"
#include "eventsource/tests/config/messages.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace settings_check_test {

using namespace es;
using namespace es::actors;
using testing::contains;
using testing::lines_of;

ES_TEST("values that a program filled in by hand are checked") {
  settings s;
  s.persistence.writers = 0;
  auto ok = s.check();
  ES_CHECK(!ok && ok.error().code == errc::invalid);
  ES_CHECK(
    !ok
    && contains(ok.error().message, "persistence.writers must be 1 to 256"));
  s = {};
  s.commands.timeout = std::chrono::milliseconds::max();
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "commands.timeout"));
  s = {};
  s.commands.timeout = std::chrono::milliseconds(-1);
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "commands.timeout"));
  s = {};
  s.recovery.readers = static_cast<std::size_t>(-1);
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "recovery.readers"));
  s = {};
  s.store.tables.events = "events; drop table x";
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "store.tables.events"));
  s = {};
  s.log.level = "loud";
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "log.level"));
}

ES_TEST("values that do not fit together are refused with both keys") {
  settings s;
  s.persistence.batch_appends_max = s.persistence.queue_appends_max + 1;
  auto ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "batch_appends_max"));
  ES_CHECK(!ok && contains(ok.error().message, "queue_appends_max"));
  s = {};
  s.persistence.writers = 16;
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "store.connections_max (5)"));
  ES_CHECK(!ok && contains(ok.error().message, "(18)"));
  s.store.connections_max = 18;
  ES_CHECK(s.check().has_value());
  s = {};
  s.outbox.retry_delay_max = s.outbox.retry_delay_min / 2;
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "outbox.retry_delay_min (200"));
  ES_CHECK(!ok && contains(ok.error().message, "outbox.retry_delay_max (100"));
  s = {};
  s.store.tables.outbox = s.store.tables.events;
  ok = s.check();
  ES_CHECK(!ok && contains(ok.error().message, "store.tables.events"));
  ES_CHECK(!ok && contains(ok.error().message, "store.tables.outbox"));
}

ES_TEST("values of a file that do not fit together are refused with file and "
        "line") {
  auto read =
    parse_settings("[persistence]\n\nqueue_appends_max = 100\n", "shop.toml");
  ES_REQUIRE(read.has_value());
  auto ok = read->check();
  ES_REQUIRE(!ok);
  ES_CHECK_EQ(ok.error().message,
              "shop.toml:3: persistence.batch_appends_max (2000) must not be "
              "above persistence.queue_appends_max (100); "
              "persistence.batch_appends_max is the default, "
              "persistence.queue_appends_max is from shop.toml:3");
  auto twins = parse_settings("[store.tables]\nevents = \"log\"\n\n\n"
                              "outbox = \"log\"\n",
                              "shop.toml");
  ES_REQUIRE(twins.has_value());
  ok = twins->check();
  ES_REQUIRE(!ok);
  ES_CHECK(ok.error().message.starts_with("shop.toml:2: store.tables.events"));
  ES_CHECK(contains(ok.error().message, "store.tables.outbox is from "
                                        "shop.toml:5"));
}

ES_TEST(
  "a value of the command line or of the program that does not fit is not "
  "laid to the file") {
  auto read = parse_settings("[persistence]\nwriters = 3\n", "shop.toml");
  ES_REQUIRE(read.has_value());
  ES_REQUIRE(override_setting(*read, "persistence.writers", "16").has_value());
  auto ok = read->check();
  ES_REQUIRE(!ok);
  ES_CHECK(ok.error().message.starts_with("the command line: store."));
  ES_CHECK(contains(ok.error().message,
                    "persistence.writers is from the command line, "
                    "recovery.readers is the default"));
  ES_CHECK(ok.error().message.find("shop.toml") == std::string::npos);
  read->persistence.writers = 17;
  ok = read->check();
  ES_REQUIRE(!ok);
  ES_CHECK(ok.error().message.starts_with("store.connections_max (5) "));
}

ES_TEST("all keys that do not fit together are named at once") {
  auto read = parse_settings("recovery.concurrent_max = 10\n"
                             "subscriptions.retry_delay_max = \"1ms\"\n",
                             "shop.toml");
  ES_REQUIRE(read.has_value());
  auto ok = read->check();
  ES_REQUIRE(!ok);
  auto lines = lines_of(ok.error().message);
  ES_REQUIRE_EQ(lines.size(), 2u);
  ES_CHECK(lines[0].starts_with("shop.toml:1: recovery.batch_aggregates_max"));
  ES_CHECK(lines[1].starts_with("shop.toml:2: subscriptions.retry_delay "
                                "(100ms) must not be above"));
}

} // namespace settings_check_test

#include "eventsource/actors/settings.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <chrono>
#include <string>

namespace settings_list_test {

using namespace es;
using namespace es::actors;

ES_TEST("a list of settings reads back as the same settings") {
  settings s;
  s.store.dsn = "host='/tmp/a b' options='-c \"x\"\\\\y'\t\n";
  s.persistence.writers = 7;
  s.persistence.linger = std::chrono::microseconds(1'500);
  s.commands.timeout = std::chrono::milliseconds(90'500);
  s.commands.payload_bytes_max = 12'345;
  s.aggregates.snapshot_every = 0;
  s.runtime.migrate = true;
  std::string text;
  for (const auto& [key, value] : list_settings(s))
    text += key + " = " + value + "\n";
  auto parsed = parse_settings(text, "list");
  ES_REQUIRE(parsed.has_value());
  ES_CHECK(list_settings(*parsed) == list_settings(s));
  ES_CHECK_EQ(parsed->store.dsn, s.store.dsn);
  ES_CHECK(parsed->persistence.linger == s.persistence.linger);
  ES_CHECK(parsed->commands.timeout == s.commands.timeout);
}

ES_TEST("a list of settings shows no password") {
  for (std::string dsn :
       {"host=db password=s3cret user=u", "password = 's3 cr\\'et s3cret'",
        "host=db sslpassword=s3cret", "password=s3cret",
        "postgresql://u:s3cret@db/shop", "postgres://u:s3@cret:s3cret@db",
        "postgresql://db/shop?password=s3cret&user=u",
        "postgresql://u:s3?cr:et@db/shop", "host=db\npassword\n=\ns3cret",
        "postgresql://db?pass%77ord=s3cret"}) {
    settings s;
    s.store.dsn = dsn;
    auto shown = list_settings(s).front();
    ES_CHECK_EQ(shown.first, "store.dsn");
    ES_CHECK(shown.second.find("***") != std::string::npos);
    ES_CHECK(shown.second.find("s3") == std::string::npos);
  }
  settings s;
  s.store.dsn = "postgresql://u@db:5433/shop?user=v";
  auto shown = list_settings(s).front();
  ES_CHECK_EQ(shown.second, '"' + s.store.dsn + '"');
}

} // namespace settings_list_test

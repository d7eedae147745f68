#include "eventsource/store/postgres/dsn.hpp"

#include "eventsource/tests/kit/test.hpp"

using es::store::postgres::check_dsn;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

ES_TEST("settings of ours are added to both forms of a connection string") {
  auto pairs = check_dsn("host=h dbname=d", 5s);
  ES_REQUIRE(pairs.has_value());
  ES_CHECK_EQ(pairs->text, "host=h dbname=d connect_timeout=5 "
                           "fallback_application_name=eventsource");
  auto uri = check_dsn("postgresql://h/d", 5s);
  ES_REQUIRE(uri.has_value());
  ES_CHECK_EQ(uri->text, "postgresql://h/d?connect_timeout=5"
                         "&fallback_application_name=eventsource");
  auto longer = check_dsn("postgres://h/d?sslmode=require", 5s);
  ES_REQUIRE(longer.has_value());
  ES_CHECK_EQ(longer->text, "postgres://h/d?sslmode=require&connect_timeout=5"
                            "&fallback_application_name=eventsource");
}

ES_TEST("what the connection string says itself wins") {
  const std::string text =
    "host=a,b target_session_attrs=read-write connect_timeout=9 "
    "fallback_application_name=mine";
  auto checked = check_dsn(text, 5s);
  ES_REQUIRE(checked.has_value());
  ES_CHECK_EQ(checked->text, text);
}

ES_TEST("what was added still parses, and part seconds round up") {
  auto once = check_dsn("postgresql://u@h:5433/d", 2500ms);
  ES_REQUIRE(once.has_value());
  ES_CHECK(contains(once->text, "connect_timeout=3"));
  auto twice = check_dsn(once->text, 5s);
  ES_REQUIRE(twice.has_value());
  ES_CHECK_EQ(twice->text, once->text);
}

ES_TEST("the place names server, database and user but no password") {
  auto checked =
    check_dsn("postgresql://anna:secret@db.example:5433/books", 5s);
  ES_REQUIRE(checked.has_value());
  ES_CHECK_EQ(checked->place, "the server at db.example port 5433, database "
                              "\"books\", user \"anna\"");
}

ES_TEST("a connection string that libpq does not read is refused") {
  for (auto text :
       {"host=h nonsense=1", "postgresql://[h/d", "host='h", "just words"}) {
    auto checked = check_dsn(text, 5s);
    ES_CHECK(!checked);
    if (!checked) {
      ES_CHECK(checked.error().code == es::errc::invalid);
      ES_CHECK(contains(checked.error().message, "EVENTSOURCE_DSN"));
    }
  }
}

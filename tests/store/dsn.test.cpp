#include "eventsource/store/postgres/dsn.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace dsn_test {

using es::store::postgres::check_dsn;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

ES_TEST("settings of ours are added to both forms of a connection string") {
  for (auto text : {"host=h dbname=d", "postgresql://h/d",
                    "postgres://h/d?sslmode=require"}) {
    auto checked = check_dsn(text, 5s);
    ES_REQUIRE(checked.has_value());
    for (auto setting : {"host='h'", "dbname='d'", "connect_timeout='5'",
                         "fallback_application_name='eventsource'"})
      ES_CHECK(contains(checked->text, setting));
    ES_CHECK_EQ(contains(checked->text, "sslmode='require'"),
                contains(text, "sslmode"));
  }
}

ES_TEST("what is added becomes part of nothing that is given") {
  for (auto text : {"postgresql://u:a?b@h/d", "dbname=d user=u password=a?b\\",
                    "dbname='d' user=u password=''"}) {
    auto checked = check_dsn(text, 5s);
    ES_REQUIRE(checked.has_value());
    ES_CHECK(contains(checked->text, "dbname='d'"));
    ES_CHECK(contains(checked->text, "connect_timeout='5'"));
    ES_CHECK(contains(checked->text, "password='a?b'")
             != contains(checked->text, "password=''"));
  }
  auto quoted = check_dsn("password='it\\'s \\\\ here'", 5s);
  ES_REQUIRE(quoted.has_value());
  ES_CHECK(contains(quoted->text, "password='it\\'s \\\\ here'"));
}

ES_TEST("what the connection string says itself wins") {
  auto checked =
    check_dsn("host=a,b target_session_attrs=read-write connect_timeout=9 "
              "fallback_application_name=mine",
              5s);
  ES_REQUIRE(checked.has_value());
  for (auto setting :
       {"host='a,b'", "target_session_attrs='read-write'",
        "connect_timeout='9'", "fallback_application_name='mine'"})
    ES_CHECK(contains(checked->text, setting));
  ES_CHECK(!contains(checked->text, "'5'"));
  ES_CHECK(!contains(checked->text, "eventsource"));
}

ES_TEST("what was added still parses, and part seconds round up") {
  auto once = check_dsn("postgresql://u@h:5433/d", 2500ms);
  ES_REQUIRE(once.has_value());
  ES_CHECK(contains(once->text, "connect_timeout='3'"));
  auto twice = check_dsn(once->text, 5s);
  ES_REQUIRE(twice.has_value());
  ES_CHECK_EQ(twice->place, once->place);
  ES_CHECK(contains(twice->text, "connect_timeout='3'"));
  ES_CHECK(!contains(twice->text, "'5'"));
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

ES_TEST("why a connection string is refused shows no part of its password") {
  for (auto text : {"postgresql://u:s3cret@[h/d", "host=h password=my s3cret",
                    "postgresql://u:s3%cret@h/d",
                    "postgresql://u:s3cret\"@[h/d", "password='s3cret"}) {
    auto checked = check_dsn(text, 5s);
    ES_REQUIRE(!checked);
    ES_CHECK(!contains(checked.error().message, "s3"));
  }
  auto unknown = check_dsn("host=h nonsense=1", 5s);
  ES_CHECK(!unknown && contains(unknown.error().message, "nonsense"));
}

} // namespace dsn_test

#include "eventsource/store/postgres/identifiers.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace identifiers_test {

using namespace es::store::postgres;
using es::errc;

namespace {

bool names(const es::result<void>& outcome, std::string_view part) {
  return !outcome && outcome.error().code == errc::invalid
         && outcome.error().message.find(part) != std::string::npos;
}

} // namespace

ES_TEST("quoting leaves no way out of the quotes") {
  ES_CHECK_EQ(quoted_name("events"), "\"events\"");
  ES_CHECK_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
  ES_CHECK_EQ(quoted_name("es", "events"), "\"es\".\"events\"");
}

ES_TEST("the default names pass") {
  ES_CHECK(check_names({}));
}

ES_TEST("a wrong or repeated table name is told by what it names") {
  es::store::table_names wrong;
  wrong.outbox = "out box";
  ES_CHECK(names(check_names(wrong), "the outbox table's name"));
  es::store::table_names repeated;
  repeated.snapshots = "events";
  ES_CHECK(names(check_names(repeated), "\"events\""));
}

} // namespace identifiers_test

#include "eventsource/store/postgres/array_literal.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

namespace array_literal_test {

using es::store::postgres::array_literal;

ES_TEST("an empty array is two braces") {
  array_literal none;
  ES_CHECK(none.empty());
  ES_CHECK_EQ(none.str(), "{}");
}

ES_TEST("text is quoted, and quotes and backslashes in it are escaped") {
  array_literal some;
  some.add(std::string_view(R"(say "hi" \ there)"));
  some.add(std::string_view(""));
  some.add(std::string_view("NULL"));
  ES_CHECK_EQ(some.size(), 3u);
  ES_CHECK_EQ(some.str(), R"({"say \"hi\" \\ there","","NULL"})");
  ES_CHECK_EQ(std::move(some).str(), R"({"say \"hi\" \\ there","","NULL"})");
}

ES_TEST("numbers and nulls stand bare") {
  array_literal some;
  some.add(std::int64_t{-7});
  some.add_null();
  some.add(std::optional<std::string>{});
  some.add(std::optional<std::string>{"x"});
  ES_CHECK_EQ(some.str(), R"({-7,NULL,NULL,"x"})");
}

ES_TEST("the server reads back every text that was put in") {
  const std::vector<std::string> texts = {
    "plain",
    "",
    " blanks ",
    "{braces}",
    "a,b",
    R"("quoted")",
    R"(back\slash\)",
    "line\nbreak\ttab",
    "NULL",
    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x98",
    "'",
    "\x01"};
  array_literal all;
  for (const auto& text : texts)
    all.add(std::string_view(text));
  es::testing::observer link{es::testing::server_dsn()};
  const auto found = link.run("SELECT x FROM unnest($1::text[]) WITH "
                              "ORDINALITY AS u (x, n) ORDER BY n",
                              {all.str()});
  ES_REQUIRE_EQ(found.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    ES_CHECK_EQ(std::string(found.text(i, 0)), texts[i]);
}

} // namespace array_literal_test

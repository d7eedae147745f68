#include "eventsource/store/postgres/copy_text.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <string>
#include <utility>

namespace copy_text_test {

using es::store::postgres::copy_text;

ES_TEST("cells stand between tabs, rows on lines of their own") {
  copy_text text;
  text.add("a");
  text.add(std::int64_t{-7});
  text.end_row();
  text.add("");
  text.add("b");
  text.end_row();
  ES_CHECK_EQ(text.rows(), 2u);
  ES_CHECK_EQ(text.take(), "a\t-7\n\tb");
}

ES_TEST("what would end a cell or mean NULL is escaped") {
  copy_text text;
  text.add("a\tb\nc\rd\\N\\.");
  text.end_row();
  ES_CHECK_EQ(text.take(), "a\\tb\\nc\\rd\\\\N\\\\.");
}

ES_TEST("a character is escaped wherever it stands, and its neighbours are "
        "not") {
  // Those next to it in the alphabet, and those with a bit more or less.
  const std::string others{"\x08\x0b\x0c\x0e[]\x89\x8a\xdc\x01\xff"};
  for (std::size_t size = 1; size <= 40; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string plain;
      for (std::size_t i = 0; i < size; ++i)
        plain += others[(i + at) % others.size()];
      copy_text untouched;
      untouched.add(plain);
      ES_REQUIRE_EQ(untouched.take(), plain);
      for (const auto& [special, letter] :
           {std::pair{'\t', 't'}, {'\n', 'n'}, {'\r', 'r'}, {'\\', '\\'}}) {
        auto value = plain;
        value[at] = special;
        auto wanted = plain;
        wanted.replace(at, 1, std::string{'\\', letter});
        copy_text text;
        text.add(value);
        ES_REQUIRE_EQ(text.take(), wanted);
      }
    }
}

ES_TEST("NULL is no text, not even an empty one") {
  copy_text text;
  text.add_null();
  text.add("");
  text.add_null();
  text.end_row();
  ES_CHECK_EQ(text.take(), "\\N\t\t\\N");
}

ES_TEST("taking the text begins anew") {
  copy_text text;
  text.add("a");
  text.end_row();
  static_cast<void>(text.take());
  ES_CHECK_EQ(text.rows(), 0u);
  text.add("b");
  text.end_row();
  ES_CHECK_EQ(text.take(), "b");
}

} // namespace copy_text_test

#include "eventsource/store/postgres/copy_text.hpp"

#include "eventsource/tests/kit/test.hpp"

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

#include "eventsource/testing/line_diff.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace line_diff_test {

using namespace es::testing;

ES_TEST("equal texts have no difference") {
  ES_CHECK_EQ(line_diff("", ""), "");
  ES_CHECK_EQ(line_diff("a\nb\n", "a\nb\n"), "");
}

ES_TEST("what only one text has is marked") {
  ES_CHECK_EQ(line_diff("a\nb\nc\n", "a\nB\nc\n"), "  a\n- b\n+ B\n  c\n");
  ES_CHECK_EQ(line_diff("", "a\n"), "+ a\n");
  ES_CHECK_EQ(line_diff("a\n", ""), "- a\n");
}

ES_TEST("equal lines between differences are found") {
  ES_CHECK_EQ(line_diff("1\na\n2\nb\n3", "x\na\ny\nb\nz"),
              "- 1\n+ x\n  a\n- 2\n+ y\n  b\n- 3\n+ z\n");
}

ES_TEST("of long equal parts only the lines beside a difference are shown") {
  std::string left;
  for (int i = 1; i <= 20; ++i)
    left += std::to_string(i) + "\n";
  auto right = left;
  right.replace(right.find("10\n"), 3, "ten\n");
  ES_CHECK_EQ(line_diff(left, right),
              "  ...\n  7\n  8\n  9\n- 10\n+ ten\n  11\n  12\n  13\n  ...\n");
}

ES_TEST("texts of thousands of lines without a common one are shown whole") {
  std::string left;
  std::string right;
  for (int i = 0; i < 2'500; ++i) {
    left += "l\n";
    right += "r\n";
  }
  const auto diff = line_diff(left, right);
  ES_CHECK_EQ(diff.size(), std::size_t{2 * 2'500 * 4});
  ES_CHECK(diff.starts_with("- l\n- l\n"));
}

ES_TEST("texts that differ in the last line's end alone are not equal") {
  ES_CHECK_EQ(line_diff("a", "a\n"), "- a\n+ a\n\n");
}

ES_TEST("JSON is spread over lines, other text is left as it is") {
  ES_CHECK_EQ(pretty_json(R"({"b":1,"a":[2]})"),
              "{\n  \"a\": [\n    2\n  ],\n  \"b\": 1\n}");
  ES_CHECK_EQ(pretty_json("no JSON"), "no JSON");
}

ES_TEST("each line is indented") {
  ES_CHECK_EQ(indented("a\nb", "  "), "  a\n  b\n");
}

} // namespace line_diff_test

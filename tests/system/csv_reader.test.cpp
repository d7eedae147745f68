#include "eventsource/tools/esctl/csv_reader.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace csv_reader_test {

using esctl::csv_reader;
using esctl::csv_record;

namespace {

using fields = std::vector<std::string>;

std::vector<csv_record> read_all(std::string_view text) {
  std::vector<csv_record> all;
  csv_reader reader{text};
  while (auto record = reader.next())
    all.push_back(std::move(*record));
  return all;
}

/// The fields of the only record.
fields only(std::string_view text) {
  auto all = read_all(text);
  ES_REQUIRE_EQ(all.size(), 1u);
  ES_CHECK_EQ(all[0].malformed, "");
  return all[0].fields;
}

} // namespace

ES_TEST("plain fields are separated by commas and may be empty") {
  ES_CHECK((only("a,b,c") == fields{"a", "b", "c"}));
  ES_CHECK((only("a,,c,") == fields{"a", "", "c", ""}));
  ES_CHECK((only(" a , b ") == fields{" a ", " b "}));
}

ES_TEST("quotes hold commas, doubled quotes and line breaks") {
  ES_CHECK((only(R"("a,b",c)") == fields{"a,b", "c"}));
  ES_CHECK((only(R"("say ""hi""","")") == fields{R"(say "hi")", ""}));
  ES_CHECK(
    (only("\"one\r\ntwo\nthree\",x") == fields{"one\r\ntwo\nthree", "x"}));
}

ES_TEST("lines end with LF or CRLF, the last one with either or neither") {
  for (auto text : {"a\nb", "a\nb\n", "a\r\nb", "a\r\nb\r\n"}) {
    auto all = read_all(text);
    ES_REQUIRE_EQ(all.size(), 2u);
    ES_CHECK((all[0].fields == fields{"a"}));
    ES_CHECK((all[1].fields == fields{"b"}));
  }
}

ES_TEST("a byte order mark and empty lines are skipped") {
  auto all = read_all("\xef\xbb\xbf\na\n\n\r\nb\n");
  ES_REQUIRE_EQ(all.size(), 2u);
  ES_CHECK((all[0].fields == fields{"a"}));
  ES_CHECK_EQ(all[0].line, 2u);
  ES_CHECK((all[1].fields == fields{"b"}));
  ES_CHECK_EQ(all[1].line, 5u);
}

ES_TEST("nothing is in an empty text") {
  ES_CHECK(read_all("").empty());
  ES_CHECK(read_all("\xef\xbb\xbf").empty());
  ES_CHECK(read_all("\r\n\n").empty());
}

ES_TEST("a record is numbered by the line on which it begins") {
  auto all = read_all("a\n\"b\nb\nb\",c\nd\n");
  ES_REQUIRE_EQ(all.size(), 3u);
  ES_CHECK_EQ(all[0].line, 1u);
  ES_CHECK_EQ(all[1].line, 2u);
  ES_CHECK_EQ(all[2].line, 5u);
}

ES_TEST(
  "after each kind of malformed record reading goes on at the next line") {
  struct sample {
    std::string text;
    std::string why;
  };
  for (const auto& [text, why] : {
         sample{"a,\"b\"c,d", "text after the closing quote"},
         sample{"a,b\"c\",d", "a quote inside a field that is not quoted"},
         sample{"a,\"b\" ,d", "text after the closing quote"},
       }) {
    auto all = read_all("x\n" + text + "\ny,z\n");
    ES_REQUIRE_EQ(all.size(), 3u);
    ES_CHECK_EQ(all[1].line, 2u);
    ES_CHECK(all[1].malformed.find(why) != std::string::npos);
    ES_CHECK(all[1].fields.empty());
    ES_CHECK_EQ(all[2].line, 3u);
    ES_CHECK_EQ(all[2].malformed, "");
    ES_CHECK((all[2].fields == fields{"y", "z"}));
  }
}

ES_TEST("a quote that is never closed costs its own line only") {
  auto all = read_all("x\na,\"b\ny\nz\n");
  ES_REQUIRE_EQ(all.size(), 4u);
  ES_CHECK(all[1].malformed.find("closing quote") != std::string::npos);
  ES_CHECK_EQ(all[2].line, 3u);
  ES_CHECK((all[2].fields == fields{"y"}));
  ES_CHECK((all[3].fields == fields{"z"}));
}

ES_TEST("a quote that a far later one seems to close is taken for unclosed") {
  auto far = std::string(csv_reader::field_bytes_max, '.');
  auto all = read_all("\"a\n" + far + "\n\",b\n");
  ES_REQUIRE(!all.empty());
  ES_CHECK_EQ(all[0].line, 1u);
  ES_CHECK(all[0].malformed.find("64 KiB") != std::string::npos);
}

ES_TEST("bytes of any value pass, and the position ends at the end") {
  std::string text{"\0,\xff\r,\x01\n", 7};
  csv_reader reader{text};
  auto record = reader.next();
  ES_REQUIRE(record.has_value());
  ES_CHECK((record->fields == fields{std::string(1, '\0'), "\xff\r", "\x01"}));
  ES_CHECK(!reader.next());
  ES_CHECK_EQ(reader.position(), text.size());
}

} // namespace csv_reader_test

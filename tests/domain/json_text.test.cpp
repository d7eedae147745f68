#include "eventsource/domain/json_text.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace json_text_test {

using namespace es;
using namespace std::string_literals;
using nlohmann::json;

namespace {

/// An array in an array and so on, `levels` of them.
std::string nested(int levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

std::string message_of(const json& value) {
  auto text = encode_json(value);
  ES_REQUIRE(!text);
  ES_CHECK(text.error().code == errc::invalid);
  return text.error().message;
}

} // namespace

ES_TEST("JSON is written compactly") {
  ES_CHECK_EQ(encode_json(json{{"a", {1, 2}}, {"b", "x"}}).value(),
              R"({"a":[1,2],"b":"x"})");
}

ES_TEST("JSON is written as its library writes it") {
  std::vector<json> values{
    json::object(),
    json::array(),
    nullptr,
    true,
    false,
    0,
    std::numeric_limits<std::int64_t>::min(),
    std::numeric_limits<std::uint64_t>::max(),
    -0.0,
    1.0,
    5e-324,
    json::binary({1, 255}),
    {{"", json::object()}, {"a", {json::array(), nullptr}}},
    {{"\xc3\xa9\n", {{"\xf0\x9f\x90\x98", "\xe2\x82\xac"}}}}};
  for (char c = 1; c > 0; ++c)
    for (const auto& text : {std::string(1, c), "before" + std::string(2, c)}) {
      values.emplace_back(text);
      values.push_back({{text, text}, {"next", c}});
    }
  for (const auto& value : values)
    ES_CHECK_EQ(encode_json(value).value(), value.dump());
}

ES_TEST("NUL characters are refused wherever they are") {
  for (const auto& value : {json("a\0b"s), json{{"k\0"s, 1}},
                            json{{"a", {"b", "\0"s}}}, json("\\\0"s)}) {
    auto text = encode_json(value);
    ES_REQUIRE(!text);
    ES_CHECK(text.error().code == errc::invalid);
  }
}

ES_TEST("the letters of an escape are not a NUL") {
  for (const auto& value : {"\\u0000"s, "\\\\u0000"s, "u0000"s, "\\"s})
    ES_CHECK(encode_json(json(value)).has_value());
}

ES_TEST("invalid UTF-8 is refused as invalid") {
  for (const auto& value : {"\xff"s, "a\xc3"s, "\xed\xa0\x80"s}) {
    auto text = encode_json(json(value));
    ES_REQUIRE(!text);
    ES_CHECK(text.error().code == errc::invalid);
  }
}

ES_TEST("text that is no JSON is corrupt, and the error says which text") {
  for (const char* text : {"", "{", "{\"a\":}", "nul", "1 2"}) {
    auto value = decode_json(text, "event data of acc_1");
    ES_REQUIRE(!value);
    ES_CHECK(value.error().code == errc::corrupt);
    ES_CHECK(value.error().message.find("event data of acc_1")
             != std::string::npos);
  }
}

ES_TEST("plain text is checked for NUL and for UTF-8 as Unicode defines it") {
  for (const auto& good :
       {""s, "abc"s, "Ünï"s, "\xf0\x9f\x98\x80"s, "\xed\x9f\xbf"s,
        "\xee\x80\x80"s, "\xf4\x8f\xbf\xbf"s})
    ES_CHECK(check_text(good, "name").has_value());
  for (const auto& bad :
       {"\0"s, "a\0b"s, "\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x80\x80"s,
        "\xed\xa0\x80"s, "\xf0\x80\x80\x80"s, "\xf4\x90\x80\x80"s,
        "\xf5\x80\x80\x80"s, "\xe2\x82"s, "ok\xff"s}) {
    auto checked = check_text(bad, "the name");
    ES_REQUIRE(!checked);
    ES_CHECK(checked.error().code == errc::invalid);
    ES_CHECK(checked.error().message.starts_with("the name"));
  }
}

ES_TEST("the place of a text that can't be stored is named") {
  auto says = [](const json& value, std::string_view part) {
    return message_of(value).find(part) != std::string::npos;
  };
  ES_CHECK(says(json{{"a", {"b", "\0"s}}}, "text at /a/1 has a NUL"));
  ES_CHECK(says(json{{"a", {{"k\0"s, 1}}}}, "key of the JSON object at /a"));
  ES_CHECK(says(json{{"a/b", "\xff"}}, "text at /a~1b is not valid UTF-8"));
  ES_CHECK(says(json{{"\xff", 1}}, "key of the JSON object"));
}

ES_TEST("a number that JSON would turn into null is refused with its place") {
  using limits = std::numeric_limits<double>;
  for (double number :
       {limits::quiet_NaN(), limits::infinity(), -limits::infinity()}) {
    auto message = message_of(json{{"x", {0, number}}});
    ES_CHECK(message.find("/x/1") != std::string::npos);
  }
  ES_CHECK_EQ(encode_json(json(limits::max())).value(),
              "1.7976931348623157e+308");
}

ES_TEST("JSON has at most so many levels, however deep it comes") {
  auto deepest = decode_json(nested(json_depth_max), "x");
  ES_REQUIRE(deepest);
  ES_CHECK_EQ(encode_json(*deepest).value(), nested(json_depth_max));
  for (int levels : {json_depth_max + 1, 200'000}) {
    auto text = nested(levels);
    auto refused = decode_json(text, "the text");
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::corrupt);
    ES_CHECK(refused.error().message.starts_with("the text"));
    auto value = json::parse(text);
    ES_CHECK(!has_allowed_depth(value));
    ES_CHECK(message_of(value).find("deep") != std::string::npos);
  }
}

ES_TEST("the size of JSON is the size of its text, without writing it") {
  const json values[] = {
    json::object(),
    json::array(),
    nullptr,
    true,
    -17,
    18'446'744'073'709'551'615u,
    0.1,
    "",
    "plain",
    "quote \" backslash \\ \b\f\n\r\t \x01\x1f\x7f \u00e9 \u2028 \U0001F600",
    {{"a", {1, 2, {{"b", "c\n"}}}}, {"", json::array()}, {"\"", 1.5e300}},
  };
  for (const auto& value : values) {
    const auto size = encode_json(value).value().size();
    ES_CHECK(has_allowed_size(value, size));
    ES_CHECK(!has_allowed_size(value, size - 1));
    ES_CHECK(!has_allowed_size(value, 0));
  }
}

ES_TEST("the size of JSON that nests too deeply is no crash") {
  auto value = json::parse(nested(200'000));
  ES_CHECK(has_allowed_size(value, 2 * 200'000));
  ES_CHECK(!has_allowed_size(value, 100));
}

} // namespace json_text_test

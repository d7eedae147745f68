#include "eventsource/domain/cbor.hpp"

#include "eventsource/domain/json_text.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace cbor_test {

using namespace es;

namespace {

/// `levels` arrays, one in the other.
std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels - 1), '\x81') + '\x80';
}

bool is_refused(const std::string& bytes) {
  auto value = decode_cbor(bytes);
  return !value && value.error().code == errc::invalid;
}

} // namespace

ES_TEST("a value comes back from CBOR as it was") {
  const nlohmann::json value = {
    {"text", "\xc3\xa4\n"},
    {"long text", std::string(70'000, 'x')},
    {"numbers", {0, 23, 24, -1, -300, 70'000, 5'000'000'000, UINT64_MAX, 0.1}},
    {"others", {true, false, nullptr}},
    {"empty", {nlohmann::json::object(), nlohmann::json::array(), ""}},
  };
  ES_CHECK(decode_cbor(encode_cbor(value)) == value);
}

ES_TEST("CBOR may nest as deep as JSON") {
  ES_CHECK(decode_cbor(nested(json_depth_max)).has_value());
  ES_CHECK(is_refused(nested(json_depth_max + 1)));
}

ES_TEST("bytes that would exhaust the stack are refused") {
  constexpr std::size_t many = 10'000'000;
  // Arrays, maps, tags, and texts and bytes in pieces.
  for (char c : {'\x81', '\x9f', '\xa1', '\xbf', '\xc1', '\x7f', '\x5f'})
    ES_CHECK(is_refused(std::string(many, c)));
  std::string maps;
  for (std::size_t i = 0; i < many; ++i)
    maps += "\xa1\x60";
  ES_CHECK(is_refused(maps));
}

ES_TEST("bytes that end too early or go on are refused") {
  const auto whole = encode_cbor({{"a", {1, 300, "text", 0.5}}});
  ES_CHECK(decode_cbor(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size)
    ES_CHECK(is_refused(whole.substr(0, size)));
  ES_CHECK(is_refused(whole + '\0'));
}

ES_TEST("lengths beyond the bytes are refused without room for them") {
  for (auto head : {"\x9b", "\xbb", "\x7b"}) {
    ES_CHECK(is_refused(head + std::string(8, '\xff')));
    ES_CHECK(is_refused(head + std::string(8, '\x7f')));
  }
}

ES_TEST("what JSON does not have is refused") {
  // Bytes, a tag, a reserved head, a lone end, an undefined value.
  for (auto bytes : {"\x41x", "\xc0\x60", "\x1c", "\xff", "\xf7"})
    ES_CHECK(is_refused(bytes));
  // A map with a key that is no text.
  ES_CHECK(is_refused(std::string("\xa1\x01\x02")));
}

} // namespace cbor_test

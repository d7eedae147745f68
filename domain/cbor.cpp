#include "eventsource/domain/cbor.hpp"

#include "eventsource/domain/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace es {

namespace {

/// The beginning of an item: what it is, and its length or value.
struct item_head {
  unsigned kind = 0;
  std::uint64_t value = 0;
};

constexpr unsigned kind_bytes = 2;
constexpr unsigned kind_text = 3;
constexpr unsigned kind_array = 4;
constexpr unsigned kind_map = 5;
constexpr unsigned kind_tag = 6;

/// Nothing at the end, and for lengths that are not given in front.
std::optional<item_head> take_head(std::string_view& bytes) {
  if (bytes.empty())
    return std::nullopt;
  const unsigned first = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  item_head head{first >> 5u, first & 31u};
  if (head.value < 24)
    return head;
  if (head.value > 27)
    return std::nullopt;
  const auto size = std::size_t{1} << (head.value - 24);
  if (bytes.size() < size)
    return std::nullopt;
  head.value = 0;
  for (char c : bytes.substr(0, size))
    head.value = head.value << 8 | static_cast<unsigned char>(c);
  bytes.remove_prefix(size);
  return head;
}

/// Whether the first item has the form and the depth that `decode_cbor`
/// promises; without recursion, unlike the library's reader.
bool is_plain(std::string_view bytes) {
  constexpr auto count_max = std::numeric_limits<std::uint64_t>::max() / 2;
  // How many items are due, of each level that is open.
  std::vector<std::uint64_t> due{1};
  while (!due.empty()) {
    if (due.back() == 0) {
      due.pop_back();
      continue;
    }
    --due.back();
    const auto head = take_head(bytes);
    if (!head || head->kind == kind_bytes || head->kind == kind_tag)
      return false;
    if (head->kind == kind_text) {
      if (head->value > bytes.size())
        return false;
      bytes.remove_prefix(head->value);
    } else if (head->kind == kind_array || head->kind == kind_map) {
      if (head->value > count_max || due.size() > json_depth_max)
        return false;
      due.push_back(head->kind == kind_map ? 2 * head->value : head->value);
    }
  }
  return true;
}

} // namespace

std::string encode_cbor(const nlohmann::json& value) {
  std::string bytes;
  nlohmann::json::to_cbor(value, nlohmann::detail::output_adapter<char>(bytes));
  return bytes;
}

result<nlohmann::json> decode_cbor(std::string_view bytes) {
  if (!is_plain(bytes))
    return fail(errc::invalid,
                "the bytes are not the CBOR of a JSON value with at most "
                  + std::to_string(json_depth_max) + " levels");
  try {
    return nlohmann::json::from_cbor(bytes);
  } catch (const nlohmann::json::exception& e) {
    return fail(errc::invalid,
                std::string("the bytes are not valid CBOR: ") + e.what());
  }
}

} // namespace es

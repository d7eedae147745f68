#include "eventsource/store/outbox.hpp"

#include "eventsource/domain/json_text.hpp"

namespace es::store {

std::string_view to_string(outbox_state state) noexcept {
  switch (state) {
    case outbox_state::pending:
      return "pending";
    case outbox_state::waiting:
      return "waiting";
    case outbox_state::dead:
      return "dead";
    case outbox_state::published:
      return "published";
    case outbox_state::dropped:
      return "dropped";
  }
  return "unknown";
}

std::string storable_text(std::string_view text) {
  constexpr std::size_t bytes_max = 2'000;
  std::string result;
  while (!text.empty() && result.size() < bytes_max) {
    std::size_t length = 1;
    while (length < 4 && length < text.size()
           && !check_text(text.substr(0, length), "text"))
      ++length;
    if (check_text(text.substr(0, length), "text")) {
      result += text.substr(0, length);
      text.remove_prefix(length);
    } else {
      result += '?';
      text.remove_prefix(1);
    }
  }
  return result;
}

} // namespace es::store

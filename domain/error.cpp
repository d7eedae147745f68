#include "eventsource/domain/error.hpp"

namespace es {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::rejected:
      return "rejected";
    case errc::conflict:
      return "conflict";
    case errc::not_found:
      return "not_found";
    case errc::invalid:
      return "invalid";
    case errc::unavailable:
      return "unavailable";
    case errc::overloaded:
      return "overloaded";
    case errc::timeout:
      return "timeout";
    case errc::corrupt:
      return "corrupt";
    case errc::schema_mismatch:
      return "schema_mismatch";
    case errc::statement_failed:
      return "statement_failed";
    case errc::internal:
      return "internal";
    case errc::in_doubt:
      return "in_doubt";
  }
  return "unknown";
}

bool is_retryable(errc code) noexcept {
  return code == errc::unavailable || code == errc::overloaded
         || code == errc::timeout;
}

std::string to_string(const error& e) {
  std::string text{to_string(e.code)};
  if (!e.reason.empty())
    text += " (" + e.reason + ")";
  return text + ": " + e.message;
}

} // namespace es

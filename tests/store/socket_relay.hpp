#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

/// What stands between a program and its server needs, whatever it spoils.
namespace es::testing {

inline sockaddr_un socket_address(const std::string& path) {
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  std::strncpy(result.sun_path, path.c_str(), sizeof result.sun_path - 1);
  return result;
}

/// False if the other side is gone.
inline bool pass_on(int to, std::string_view data) {
  while (!data.empty()) {
    const auto n = ::send(to, data.data(), data.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// A simple query: 'Q', its length, its text, which begins so. It comes alone,
/// since its sender has waited for all answers before.
inline bool is_query(std::string_view data, std::string_view text) {
  constexpr std::size_t header = 5;
  return data.starts_with('Q') && data.size() > header
         && data.substr(header).starts_with(text);
}

/// Whether the server commits when it gets this: COMMIT, or a prepared
/// statement that is a transaction of its own ('B', its length, the portal's
/// name, which is empty, the statement's name).
inline bool is_commit(std::string_view data) {
  constexpr std::size_t header = 6;
  return is_query(data, "COMMIT")
         || (data.starts_with('B') && data.size() > header
             && (data.substr(header).starts_with("append_alone")
                 || data.substr(header).starts_with("append_next")));
}

} // namespace es::testing

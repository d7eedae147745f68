#pragma once

#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/postgres/failures.hpp"

#include <initializer_list>
#include <string_view>

namespace es::store::postgres {

/// Runs `action` with a connection; once more with another one if the first
/// turns out to be dead: for what does no harm when it is done twice.
template <class T, class Action>
result<T> call(connection_pool& pool, std::string_view where, Action&& action) {
  return contain(where, [&]() -> result<T> {
    for (bool again : {true, false}) {
      auto link = pool.acquire();
      if (!link)
        return tl::unexpected<error>(std::move(link.error()));
      try {
        return action(**link);
      } catch (const database_error& e) {
        if (!again || !e.connection_lost())
          throw;
      }
    }
    return fail(errc::unavailable, "no connection to " + pool.place());
  });
}

/// A text with a NUL would be cut there and find something else.
inline result<void> refuse_nul(std::initializer_list<std::string_view> texts) {
  for (auto text : texts)
    if (text.find('\0') != std::string_view::npos)
      return fail(errc::invalid, "an id or a name has a NUL character");
  return {};
}

} // namespace es::store::postgres

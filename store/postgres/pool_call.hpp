#pragma once

#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/postgres/failures.hpp"
#include "eventsource/store/postgres/silent_copies.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace es::store::postgres {

/// Runs `action` with a connection; once more with another one if the first
/// turns out to be dead, and `store.retries_max` times more, with pauses, if
/// other transactions got in the way: for what does no harm when it is done
/// twice.
template <class T, class Action>
result<T> call(connection_pool& pool, std::string_view where, Action&& action) {
  return contain(where, [&]() -> result<T> {
    bool is_second_link = false;
    for (int retries = 0;;) {
      std::chrono::microseconds first_pause{0};
      {
        auto link = pool.acquire();
        if (!link)
          return tl::unexpected<error>(std::move(link.error()));
        first_pause = (*link)->texts().server().first_retry_pause;
        try {
          return action(**link);
        } catch (const database_error& e) {
          if (e.connection_lost()) {
            if (std::exchange(is_second_link, true))
              throw;
            continue;
          }
          const bool is_in_the_way =
            lookup_sqlstate(e.sqlstate()).what == reaction::retry
            || (e.sqlstate() == query_canceled
                && end_silent_copies(pool, **link));
          if (!is_in_the_way || ++retries > pool.retries_max())
            throw;
        }
      }
      pool.pause()(retries, first_pause);
    }
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

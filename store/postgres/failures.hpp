#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <string_view>
#include <utility>

namespace es::store::postgres {

/// The error that a caller sees for `e`: which statement, `where` (which
/// aggregate, which server), the server's words, and what to do.
[[nodiscard]] error to_error(const database_error& e, std::string_view where);

/// The same under another code than the SQLSTATE's own.
[[nodiscard]] error to_error(const database_error& e, std::string_view where,
                             errc code);

/// The error for a connection that could not be made. `place` comes from
/// `checked_dsn`.
[[nodiscard]] error to_connect_error(const database_error& e,
                                     std::string_view place);

/// Runs `action`, which returns a `result`, and turns what it throws into an
/// error: nothing is thrown across the store's face.
template <class Action>
auto contain(std::string_view where, Action&& action) -> decltype(action()) {
  try {
    return action();
  } catch (const database_error& e) {
    return tl::unexpected<error>(to_error(e, where));
  } catch (const std::exception& e) {
    return fail(errc::internal,
                "the store failed at " + std::string(where) + ": " + e.what());
  }
}

} // namespace es::store::postgres

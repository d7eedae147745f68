#pragma once

#include "eventsource/domain/error.hpp"

#include <span>
#include <string_view>

namespace es::store::postgres {

/// What the writer does about a server error.
enum class reaction {
  /// The same transaction may pass when it is tried again.
  retry,
  /// This connection is of no more use; another may be.
  reconnect,
  /// Every append would meet the same: refuse all, look for no culprit.
  refuse_all,
  /// One append or another is the cause: find it, store the rest.
  find_culprit,
};

struct sqlstate_properties {
  /// Five characters, or two for a whole class.
  std::string_view code;
  errc means;
  reaction what;
  /// During COMMIT, this error leaves open whether the transaction took place.
  bool in_doubt;
  std::string_view name;
};

/// The one table; exact codes go before their class.
[[nodiscard]] std::span<const sqlstate_properties> sqlstate_table() noexcept;

/// The row for `sqlstate`; an unknown code is a failed statement.
[[nodiscard]] const sqlstate_properties&
lookup_sqlstate(std::string_view sqlstate) noexcept;

inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view datetime_field_overflow = "22008";
/// Above all by statement_timeout.
inline constexpr std::string_view query_canceled = "57014";

} // namespace es::store::postgres

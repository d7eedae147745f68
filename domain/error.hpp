#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace es {

/// What went wrong, as a code that callers can switch on. The same values
/// travel as `caf::error` codes, so they are never renumbered.
enum class errc : std::uint8_t {
  /// The aggregate's `decide` refused the command; nothing was stored.
  rejected = 1,
  /// The aggregate is not at the version that the command expected.
  conflict = 2,
  /// No aggregate, snapshot or event has this id.
  not_found = 3,
  /// The input can never be accepted: wrong id, wrong type, too large, no JSON.
  invalid = 4,
  /// The database can't be reached now, or the runtime is stopping.
  unavailable = 5,
  /// A bounded queue is full; try again later.
  overloaded = 6,
  /// The command's own deadline passed before it was decided.
  timeout = 7,
  /// Stored data does not read back: an operator has to look.
  corrupt = 8,
  /// The database's tables are missing, newer, or changed; see `esctl migrate`.
  schema_mismatch = 9,
  /// The server refused one statement of this command; others are unharmed.
  statement_failed = 10,
  /// A broken promise inside this library or an exception in a user's handler.
  internal = 11,
  /// The outcome is unknown: the connection broke during commit and could not
  /// be restored in time to find out, or the runtime was stopped meanwhile.
  /// Send again with the same command id.
  in_doubt = 12,
};

/// The code's name as it is written in logs and in JSON ("not_found").
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// Whether the same call may succeed later without any change by the caller.
[[nodiscard]] bool is_retryable(errc code) noexcept;

/// An expected failure. `message` says what happened, where, and what the
/// caller can do; `reason` is the domain's own short code of a rejection
/// ("already_registered") and empty for every other code.
struct error {
  errc code = errc::internal;
  std::string message;
  std::string reason{};

  friend bool operator==(const error&, const error&) = default;
};

/// "rejected (already_registered): ..." for logs and terminals.
[[nodiscard]] std::string to_string(const error& e);

/// Either a value or an `error`; never both, never an exception.
template <class T>
using result = tl::expected<T, error>;

/// Shorthand for returning a failure from a function that returns `result`.
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string message,
                                                std::string reason = {}) {
  return tl::unexpected<error>(
    error{code, std::move(message), std::move(reason)});
}

} // namespace es

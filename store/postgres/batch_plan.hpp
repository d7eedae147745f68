#pragma once

#include "eventsource/store/append.hpp"

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace es::store::postgres {

/// Which appends of a batch: indexes in ascending order.
using places = std::vector<std::size_t>;

/// Aggregates of which an append was not stored as it stood: what follows it in
/// the same batch was decided on a state that does not exist.
class broken_aggregates {
public:
  /// The first call for an aggregate counts, unless a later one names an
  /// earlier place.
  void add(std::string_view aggregate_id, std::size_t place, errc cause);

  /// Why the append at `place` can't be stored any more, if so: a conflict,
  /// unless the database was away.
  [[nodiscard]] std::optional<error>
  follower_error(const append_request& append, std::size_t place) const;

private:
  struct break_point {
    std::size_t place;
    errc cause;
  };

  std::map<std::string_view, break_point> points_;
};

/// The part of a batch that one transaction can hold.
struct transaction_plan {
  places now;
  /// Repeats of a command that is in `now`, and what follows them: what they
  /// are answered with depends on the first one's outcome.
  places later;
  std::vector<std::pair<std::size_t, error>> refused;
};

/// Takes from `pending` what can be stored together. Refuses appends that do
/// not begin where the one before them ends.
[[nodiscard]] transaction_plan
plan_transaction(std::span<const append_request> batch, const places& pending,
                 broken_aggregates& broken);

/// What no server can store, or would store wrongly: empty ids, a negative
/// version, text with NUL characters, rows that do not fit their table
/// (`errc::invalid`).
[[nodiscard]] result<void> check_append(const append_request& append);

[[nodiscard]] error version_conflict(const append_request& append,
                                     version_t actual);

} // namespace es::store::postgres

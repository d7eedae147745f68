#include "eventsource/store/postgres/batch_plan.hpp"

#include "eventsource/store/own_statement.hpp"
#include "eventsource/store/postgres/identifiers.hpp"

#include <map>
#include <set>
#include <string>
#include <unordered_map>

namespace es::store::postgres {

namespace {

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

/// The first field with a NUL character; PostgreSQL's text has none, and the
/// client library would cut the text there.
std::string_view field_with_nul(const append_request& append) {
  if (has_nul(append.aggregate_id))
    return "the aggregate id";
  if (has_nul(append.aggregate_type))
    return "the aggregate type";
  if (has_nul(append.metadata))
    return "the metadata";
  if (append.command_id && has_nul(*append.command_id))
    return "the command id";
  for (const auto& event : append.events) {
    if (has_nul(event.id))
      return "an event id";
    if (has_nul(event.type))
      return "an event type";
    if (has_nul(event.data))
      return "an event's data";
  }
  if (append.snapshot && has_nul(append.snapshot->data))
    return "the snapshot";
  if (append.projection)
    for (const auto& value : append.projection->change.cells)
      if (const auto* text = value.string_if(); text && has_nul(*text))
        return "a cell of the projection row";
  for (const auto& own : append.statements) {
    if (has_nul(own.sql))
      return "a statement";
    for (const auto& parameter : own.parameters)
      if (parameter && has_nul(*parameter))
        return "a statement's parameter";
  }
  return {};
}

result<void> check_change(const projection_change& change) {
  if (change.change.what == row_change::kind::none)
    return {};
  if (!change.table)
    return fail(errc::invalid, "the projection row names no table");
  const bool is_upsert = change.change.what == row_change::kind::upsert;
  const auto wanted =
    is_upsert ? change.table->columns.size() : change.table->key.size();
  const auto given = change.change.cells.size();
  if (given == wanted)
    return {};
  return fail(errc::invalid,
              "the row for the projection table \"" + change.table->name
                + "\" has " + std::to_string(given) + " cells where "
                + std::to_string(wanted) + " "
                + (is_upsert ? "columns" : "key columns") + " are described");
}

result<void> check_fields(const append_request& append) {
  if (append.aggregate_id.empty())
    return fail(errc::invalid, "the aggregate id is empty");
  if (append.expected_version < 0)
    return fail(errc::invalid, "the expected version "
                                 + std::to_string(append.expected_version)
                                 + " is negative");
  if (!is_storable(append.occurred_at))
    return fail(errc::invalid, "the time of its events is not within the years "
                               "1 to 9999");
  if (append.events.empty() && !append.command_id)
    return fail(errc::invalid, "there are neither events nor a command id");
  for (const auto& event : append.events)
    if (event.id.empty())
      return fail(errc::invalid, "an event id is empty");
  if (auto field = field_with_nul(append); !field.empty())
    return fail(errc::invalid, std::string(field)
                                 + " has a NUL character, which PostgreSQL "
                                   "can't store");
  for (const auto& own : append.statements)
    if (auto fine = check_statement(own); !fine)
      return fine;
  if (append.snapshot && append.snapshot->keep < 1)
    return fail(errc::invalid, "at least one snapshot must be kept");
  if (append.projection)
    return check_change(*append.projection);
  return {};
}

} // namespace

result<void> check_append(const append_request& append) {
  auto fine = check_fields(append);
  if (!fine)
    fine.error().message = "append to aggregate \"" + append.aggregate_id
                           + "\": " + fine.error().message;
  return fine;
}

error version_conflict(const append_request& append, version_t actual) {
  return {errc::conflict,
          "aggregate " + append.aggregate_id + " is at version "
            + std::to_string(actual) + ", the append expected "
            + std::to_string(append.expected_version)
            + "; load it again and decide on its present state"};
}

void broken_aggregates::add(std::string_view aggregate_id, std::size_t place,
                            errc cause) {
  auto [i, is_new] =
    points_.try_emplace(aggregate_id, break_point{place, cause});
  if (!is_new && place < i->second.place)
    i->second = {place, cause};
}

std::optional<error>
broken_aggregates::follower_error(const append_request& append,
                                  std::size_t place) const {
  auto i = points_.find(append.aggregate_id);
  if (i == points_.end() || place <= i->second.place)
    return std::nullopt;
  const auto before = "aggregate " + append.aggregate_id
                      + ": an earlier append of the same batch was not stored";
  const auto cause = i->second.cause;
  if (is_retryable(cause) || cause == errc::in_doubt)
    return error{errc::unavailable, before
                                      + " because the database is away, nor "
                                        "was this one; try again later"};
  return error{errc::conflict,
               before + ", so that version "
                 + std::to_string(append.expected_version)
                 + " is not the one this append was decided on; load it again "
                   "and decide on its present state"};
}

transaction_plan plan_transaction(std::span<const append_request> batch,
                                  const places& pending,
                                  broken_aggregates& broken) {
  transaction_plan plan;
  std::unordered_map<std::string_view, version_t> ends;
  ends.reserve(pending.size());
  plan.now.reserve(pending.size());
  std::set<std::pair<std::string_view, std::string_view>> commands;
  std::set<std::string_view> deferred;
  for (auto place : pending) {
    const auto& append = batch[place];
    const std::string_view id = append.aggregate_id;
    if (auto why = broken.follower_error(append, place)) {
      plan.refused.emplace_back(place, std::move(*why));
      continue;
    }
    if (deferred.contains(id)
        || (append.command_id
            && !commands.emplace(id, *append.command_id).second)) {
      deferred.insert(id);
      plan.later.push_back(place);
      continue;
    }
    auto [end, is_first] = ends.emplace(id, append.last_version());
    if (!is_first) {
      if (end->second != append.expected_version) {
        plan.refused.emplace_back(place, version_conflict(append, end->second));
        broken.add(id, place, errc::conflict);
        continue;
      }
      end->second = append.last_version();
    }
    plan.now.push_back(place);
  }
  return plan;
}

} // namespace es::store::postgres

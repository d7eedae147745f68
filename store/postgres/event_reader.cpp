#include "eventsource/store/postgres/event_reader.hpp"

#include "eventsource/store/postgres/array_literal.hpp"

#include <algorithm>
#include <limits>

namespace es::store::postgres {

namespace {

/// Where `recover` has a snapshot's columns: those of an event.
constexpr snapshot_columns among_events{.aggregate_id = 5,
                                        .aggregate_type = 6,
                                        .version = 7,
                                        .state_version = 2,
                                        .taken_at = 3,
                                        .data = 8};

std::string read_text(const rows& from, std::size_t row, std::size_t column) {
  return std::string(from.text(row, column));
}

/// Other programs may have left JSON columns empty.
std::string read_json(const rows& from, std::size_t row, std::size_t column,
                      const char* if_null) {
  return from.is_null(row, column) ? if_null : read_text(from, row, column);
}

} // namespace

std::string limit_text(std::size_t limit) {
  constexpr auto most =
    static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return std::to_string(std::min(limit, most));
}

recorded_event read_event(const rows& from, std::size_t row) {
  return {.id = read_text(from, row, 0),
          .type = read_text(from, row, 1),
          .schema_version = static_cast<int>(from.number(row, 2)),
          .occurred_at = from.time(row, 3),
          .registered_at = from.time(row, 4),
          .aggregate_id = read_text(from, row, 5),
          .aggregate_type = read_text(from, row, 6),
          .version = from.number(row, 7),
          .data = read_json(from, row, 8, "null"),
          .metadata = read_json(from, row, 9, "{}")};
}

recorded_snapshot read_snapshot(const rows& from, std::size_t row,
                                const snapshot_columns& at) {
  return {.aggregate_id = read_text(from, row, at.aggregate_id),
          .aggregate_type = read_text(from, row, at.aggregate_type),
          .version = from.number(row, at.version),
          .state_version = static_cast<int>(from.number(row, at.state_version)),
          .taken_at = from.time(row, at.taken_at),
          .data = read_json(from, row, at.data, "null")};
}

std::vector<recovery_page> recover(connection& link,
                                   std::span<const recovery_request> requests,
                                   std::size_t events_per_page) {
  std::vector<recovery_page> pages(requests.size());
  if (requests.empty())
    return pages;
  array_literal ids, after, state_versions;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    pages[i].aggregate_id = request.aggregate_id;
    ids.add(std::string_view(request.aggregate_id));
    after.add(request.after_version);
    if (request.use_snapshot && request.after_version == 0)
      state_versions.add(std::int64_t{request.state_version});
    else
      state_versions.add_null();
  }
  // One more than wanted tells whether there is more.
  const auto limit =
    std::min<std::size_t>(events_per_page, std::size_t{1} << 40) + 1;
  const auto found =
    link.run("recover",
             {ids.str(), after.str(), state_versions.str(), limit_text(limit)});
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto place = static_cast<std::size_t>(found.number(i, event_columns));
    auto& page = pages[place - 1];
    if (found.is_null(i, 0))
      page.snapshot = read_snapshot(found, i, among_events);
    else if (page.events.size() < events_per_page)
      page.events.push_back(read_event(found, i));
    else
      page.more = true;
  }
  return pages;
}

std::vector<std::optional<receipt>>
find_receipts(connection& link, std::span<const command_key> keys) {
  std::vector<std::optional<receipt>> result(keys.size());
  if (keys.empty())
    return result;
  array_literal aggregates, commands;
  for (const auto& key : keys) {
    aggregates.add(key.aggregate_id);
    commands.add(key.command_id);
  }
  const auto found =
    link.run("find_receipts", {aggregates.str(), commands.str()});
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto place = static_cast<std::size_t>(found.number(i, 0)) - 1;
    auto& entry = result[place];
    if (!entry)
      entry = receipt{.aggregate_id = std::string(keys[place].aggregate_id),
                      .version = found.number(i, 1),
                      .event_ids = {}};
    if (!found.is_null(i, 2))
      entry->event_ids.push_back(read_text(found, i, 2));
  }
  return result;
}

std::vector<recorded_event> load_events(connection& link,
                                        std::string_view aggregate_id,
                                        version_t from_version,
                                        std::size_t limit) {
  const auto found =
    link.run("load_events", {std::string(aggregate_id),
                             std::to_string(from_version), limit_text(limit)});
  std::vector<recorded_event> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back(read_event(found, i));
  return result;
}

std::optional<recorded_snapshot> load_snapshot(connection& link,
                                               std::string_view aggregate_id,
                                               version_t at_most) {
  const auto found = link.run(
    "load_snapshot", {std::string(aggregate_id), std::to_string(at_most)});
  if (found.empty())
    return std::nullopt;
  return read_snapshot(found, 0);
}

version_t version_at(connection& link, std::string_view aggregate_id,
                     timestamp when) {
  const auto micros = when.time_since_epoch().count();
  return link
    .run("find_version_at", {std::string(aggregate_id), std::to_string(micros)})
    .number(0, 0);
}

} // namespace es::store::postgres

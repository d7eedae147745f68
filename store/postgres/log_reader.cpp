#include "eventsource/store/postgres/log_reader.hpp"

#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/event_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace es::store::postgres {

namespace {

/// How many events a page with a filter looks at, whatever it finds.
constexpr std::size_t looked_at_max = 20'000;

constexpr std::int64_t counted_max = 10'000;

std::uint64_t read_transaction(const rows& from, std::size_t row,
                               std::size_t column) {
  const auto digits = from.text(row, column);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<std::string> array_of(const std::vector<std::string>& names) {
  if (names.empty())
    return std::nullopt;
  array_literal result;
  for (const auto& name : names)
    result.add(std::string_view(name));
  return result.str();
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

struct log_bound {
  /// Below it everything is final.
  position horizon;
  /// Behind so many events, if they are there.
  std::optional<position> last;
  /// Whether there is any event.
  bool has_any = false;
};

log_bound find_bound(connection& link, const position& after,
                     std::size_t events) {
  parameters values;
  add_position(values, after);
  values.push_back(limit_text(events - 1));
  const auto found = link.run("find_log_bound", values);
  log_bound result;
  result.horizon.epoch = found.number(0, 0);
  result.horizon.transaction = read_transaction(found, 0, 1);
  result.has_any = found.text(0, 5) == "t";
  if (!found.is_null(0, 2))
    result.last = read_position(found, 0, 2);
  return result;
}

void add_filter(parameters& values, const event_filter& filter) {
  values.push_back(array_of(filter.aggregate_types));
  values.push_back(array_of(filter.event_types));
  values.push_back(unless_empty(filter.id_prefix));
  values.push_back(unless_empty(filter.metadata_key));
  values.push_back(filter.metadata_value);
}

/// The last place below the horizon, whether there is an event or not.
position below(const position& horizon) {
  if (horizon.transaction == 0)
    return horizon;
  return {.epoch = horizon.epoch,
          .transaction = horizon.transaction - 1,
          .number = std::numeric_limits<std::int64_t>::max()};
}

} // namespace

position read_position(const rows& from, std::size_t row, std::size_t column) {
  return {.epoch = from.number(row, column),
          .transaction = read_transaction(from, row, column + 1),
          .number = from.number(row, column + 2)};
}

void add_position(parameters& to, const position& place) {
  to.push_back(std::to_string(place.epoch));
  to.push_back(std::to_string(place.transaction));
  to.push_back(std::to_string(place.number));
}

log_page read_log(connection& link, const log_request& request) {
  const bool wants_all =
    request.filter == event_filter{} && request.part.count == 1;
  const auto limit = std::max<std::size_t>(request.limit, 1);
  const bool is_stream = !request.filter.aggregate_id.empty();
  const auto looked_at = wants_all ? limit : std::max(limit, looked_at_max);
  auto bound = find_bound(link, is_stream ? position{} : request.after,
                          is_stream ? 1 : looked_at);
  // One aggregate's events are found by its id: nothing else is looked at.
  if (is_stream)
    bound.last.reset();
  log_page page;
  page.more = bound.last.has_value();
  page.passed_any = !is_stream && bound.has_any;
  // A horizon may fall back behind a reader when the server is another one.
  page.read_to =
    std::max(request.after, bound.last ? *bound.last : below(bound.horizon));
  if (page.read_to == request.after)
    return page;
  // Nothing below the horizon: nothing to ask for.
  if (!is_stream && !bound.has_any)
    return page;
  const auto& filter = request.filter;
  parameters values;
  add_position(values, request.after);
  add_position(values, page.read_to);
  add_filter(values, filter);
  values.push_back(std::to_string(request.part.index));
  values.push_back(std::to_string(request.part.count));
  values.push_back(limit_text(limit));
  if (is_stream)
    values.emplace_back(filter.aggregate_id);
  const auto found = link.run(is_stream ? "read_stream" : "read_log", values);
  page.events.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    page.events.push_back(
      {read_position(found, i, event_columns), read_event(found, i)});
  page.passed_any = page.passed_any || !page.events.empty();
  if (page.events.size() == limit && page.events.back().at < page.read_to) {
    page.read_to = page.events.back().at;
    page.more = true;
  }
  return page;
}

std::int64_t count_log(connection& link, const event_filter& filter) {
  parameters values;
  add_filter(values, filter);
  return link.run("count_log", values).number(0, 0);
}

position log_end(connection& link) {
  return below(find_bound(link, {}, 1).horizon);
}

std::optional<position> find_position(connection& link,
                                      std::string_view aggregate_id,
                                      version_t version) {
  const auto found = link.run(
    "find_position", {std::string(aggregate_id), std::to_string(version)});
  if (found.empty())
    return std::nullopt;
  return read_position(found, 0, 0);
}

log_status read_log_status(connection& link) {
  log_status result;
  result.horizon = find_bound(link, {}, 1).horizon;
  parameters values;
  add_position(values, result.horizon);
  values.back() = std::to_string(counted_max);
  result.held_back = link.run("count_held_back", values).number(0, 0);
  const auto statement = link.texts().server().horizon_holder;
  if (statement.empty())
    return result;
  const auto found = link.run(statement);
  if (!found.empty())
    result.holder = horizon_holder{
      .pid = found.number(0, 0),
      .application = std::string(found.text(0, 1)),
      .state = std::string(found.text(0, 2)),
      .running_for = std::chrono::microseconds{found.number(0, 3)}};
  return result;
}

void send_hint(connection& link) {
  const auto statement = link.texts().server().send_hint;
  if (!statement.empty())
    link.run(statement, {hint_channel(link.texts().names())});
}

std::string hint_channel(const table_names& names) {
  // A channel is an identifier of at most 63 bytes.
  return ("es_" + names.schema).substr(0, 31) + "_"
         + names.events.substr(0, 31);
}

} // namespace es::store::postgres

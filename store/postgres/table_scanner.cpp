#include "eventsource/store/postgres/table_scanner.hpp"

#include "eventsource/store/postgres/event_reader.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/projection_sql.hpp"
#include "eventsource/store/text_search.hpp"

namespace es::store::postgres {

namespace {

parameters page_after(std::string_view aggregate_id, version_t version,
                      std::size_t limit) {
  return {std::string(aggregate_id), std::to_string(version),
          limit_text(limit)};
}

} // namespace

std::vector<recorded_event> scan_events(connection& link,
                                        std::string_view after_aggregate_id,
                                        version_t after_version,
                                        std::size_t limit) {
  const auto found = link.run(
    "scan_events", page_after(after_aggregate_id, after_version, limit));
  std::vector<recorded_event> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back(read_event(found, i));
  return result;
}

std::vector<recorded_snapshot>
scan_snapshots(connection& link, std::string_view after_aggregate_id,
               version_t after_version, std::size_t limit) {
  const auto found = link.run(
    "scan_snapshots", page_after(after_aggregate_id, after_version, limit));
  std::vector<recorded_snapshot> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back(read_snapshot(found, i));
  return result;
}

std::vector<outbox_entry> scan_outbox(connection& link,
                                      std::string_view after_aggregate_id,
                                      version_t after_version,
                                      std::size_t limit) {
  const auto found = link.run(
    "scan_outbox", page_after(after_aggregate_id, after_version, limit));
  std::vector<outbox_entry> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back({.event_id = std::string(found.text(i, 0)),
                      .aggregate_id = std::string(found.text(i, 1)),
                      .version = found.number(i, 2),
                      .published = found.text(i, 3) == "t",
                      .dead = found.text(i, 4) == "t"});
  return result;
}

namespace {

std::vector<row> read_rows(const projection_table& table, const rows& found) {
  std::vector<row> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& cells = result.emplace_back();
    cells.reserve(table.columns.size());
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      if (found.is_null(i, j))
        cells.emplace_back();
      else
        cells.push_back(to_cell(table.columns[j].type, found.text(i, j)));
    }
  }
  return result;
}

} // namespace

std::vector<row> scan_projection(connection& link,
                                 const projection_table& table,
                                 const row& after, std::size_t limit) {
  const auto& texts = link.texts();
  parameters values;
  for (const auto& key : after)
    values.push_back(key.text());
  values.push_back(limit_text(limit));
  return read_rows(table, link.run(scan_rows(table, texts.names(),
                                             texts.server(), !after.empty()),
                                   values));
}

std::vector<row> search_projection(connection& link,
                                   const projection_table& table,
                                   std::string_view column,
                                   std::string_view words, std::size_t limit) {
  // Words are letters and digits: none of them can end its quotes.
  std::string query;
  for (const auto& word : words_of(words))
    query += (query.empty() ? "'" : " & '") + word + "':*";
  const auto& texts = link.texts();
  return read_rows(
    table, link.run(search_rows(table, texts.names(), texts.server(), column),
                    {query, limit_text(limit)}));
}

std::vector<process_timer> find_timers(connection& link,
                                       std::string_view process_type,
                                       const process_timer& after,
                                       std::size_t limit) {
  const auto found = link.run(
    "find_timers", {std::string(process_type),
                    std::to_string(after.due_at.time_since_epoch().count()),
                    after.process_id, limit_text(limit)});
  std::vector<process_timer> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back({.process_id = std::string(found.text(i, 0)),
                      .due_at = found.time(i, 1)});
  return result;
}

statistics read_statistics(connection& link) {
  statistics result;
  const auto types = link.run("count_by_type");
  for (std::size_t i = 0; i < types.size(); ++i)
    result.types.push_back({.aggregate_type = std::string(types.text(i, 0)),
                            .aggregates = types.number(i, 1),
                            .events = types.number(i, 2),
                            .snapshots = types.number(i, 3)});
  const auto pending = link.run("count_pending");
  result.outbox_pending = pending.number(0, 0);
  result.commands_remembered = pending.number(0, 1);
  const auto& texts = link.texts();
  const auto tables = link.run(
    "list_tables", {texts.names().schema, texts.names().projection_schema});
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto full = quoted_name(tables.text(i, 0), tables.text(i, 1));
    auto& entry = result.tables.emplace_back();
    entry.table =
      std::string(tables.text(i, 0)) + "." + std::string(tables.text(i, 1));
    entry.rows = link.run_once({"count_rows", "SELECT count(*) FROM " + full})
                   .number(0, 0);
    if (auto measure = texts.server().table_bytes; !measure.empty())
      entry.bytes = link.run(measure, {full}).number(0, 0);
  }
  return result;
}

} // namespace es::store::postgres

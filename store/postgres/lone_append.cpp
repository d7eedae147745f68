#include "eventsource/store/postgres/lone_append.hpp"

#include "eventsource/store/postgres/projection_sql.hpp"

#include <optional>
#include <string>
#include <utility>

namespace es::store::postgres {

namespace {

bool writes_row(const append_request& append) {
  return append.projection
         && append.projection->change.what == row_change::kind::upsert;
}

/// Whether neither a version nor a command id has to be looked after.
bool comes_next(const append_request& append,
                const std::optional<std::string>& session) {
  return !append.command_id && (append.expected_version == 0 || session);
}

parameters parameters_of(const append_request& append, bool is_next,
                         std::optional<std::string> session) {
  const auto& event = append.events.front();
  parameters result;
  result.reserve(32);
  result.emplace_back(event.id);
  result.emplace_back(event.type);
  result.emplace_back(es::to_string(append.occurred_at));
  result.emplace_back(append.aggregate_id);
  result.emplace_back(append.aggregate_type);
  result.emplace_back(std::to_string(append.expected_version));
  result.emplace_back(event.data);
  result.emplace_back(append.metadata);
  result.emplace_back(std::to_string(event.schema_version));
  result.emplace_back(event.publish ? "t" : "f");
  if (!is_next)
    result.emplace_back(append.command_id);
  result.push_back(std::move(session));
  if (writes_row(append))
    for (const auto& value : append.projection->change.cells)
      result.emplace_back(value.text());
  return result;
}

const sql_statement& statement_of(connection& link,
                                  const append_request& append, bool is_next) {
  const std::size_t first_cell = is_next ? 12 : 13;
  const auto& texts = link.texts();
  const auto& statement = texts[is_next ? "append_next" : "append_alone"];
  if (!writes_row(append))
    return statement;
  const auto& table = *append.projection->table;
  return link.statement_for(statement.name, table, [&] {
    return append_with_row(statement, table, texts.names(), first_cell);
  });
}

} // namespace

bool can_store_alone(const append_request& append) {
  return append.events.size() == 1 && !append.snapshot
         && append.statements.empty()
         && (!append.projection
             || append.projection->change.what != row_change::kind::remove);
}

attempt store_alone(connection& link, const append_request& append) {
  attempt result;
  note_commit(link, result, [&] {
    auto session = link.session_name(append.expected_in);
    const bool is_next = comes_next(append, session);
    const auto answer =
      link.run_promptly(statement_of(link, append, is_next),
                        parameters_of(append, is_next, std::move(session)));
    if (answer.empty())
      result.what = attempt::kind::outrun;
    else
      result.session = link.note_session(answer.text(0, 0));
  });
  return result;
}

} // namespace es::store::postgres

#include "eventsource/store/postgres/transaction.hpp"

#include "eventsource/store/postgres/column_array.hpp"
#include "eventsource/store/postgres/projection_sql.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

namespace es::store::postgres {

namespace {

bool all_written(connection& link, std::string_view statement,
                 const batch_rows::group& group) {
  return group.count == 0
         || link.run(statement, group.values, group.format).affected()
              == group.count;
}

/// Below it, asking for the session costs more than looking for the bases.
constexpr std::size_t session_events_min = 32;

/// What this very session has stored is there, and need not be looked for.
/// Another one may have had a server that lost it in a failover.
std::string bases_to_find(const batch_rows& rows, session_number session) {
  column_array bases{element_type::bigint, rows.events.format};
  for (const auto& base : rows.bases)
    if (base.version == 0 || (session != 0 && base.stored_in == session))
      bases.add_null();
    else
      bases.add(base.version);
  return bases.take();
}

bool append_events(connection& link, batch_rows& rows, attempt& progress) {
  if (rows.events.count >= session_events_min)
    progress.session = link.find_session();
  if (rows.events.count > 0)
    rows.events.values.emplace_back(bases_to_find(rows, progress.session));
  return all_written(link, "append_events", rows.events);
}

bool unchanged_are_there(connection& link, const batch_rows& rows) {
  if (rows.unchanged.count == 0)
    return true;
  const auto heads = link.run("find_heads", rows.unchanged.values);
  for (std::size_t i = 0; i < heads.size(); ++i)
    if (heads.number(i, 0) != rows.unchanged_versions[i])
      return false;
  return true;
}

void write_projection(connection& link, const batch_rows::table_rows& rows) {
  const auto& names = link.texts().names();
  const auto& statement =
    rows.are_removed
      ? link.statement_for("delete_rows", *rows.table,
                           [&] { return delete_rows(*rows.table, names); })
      : link.statement_for("upsert_rows", *rows.table,
                           [&] { return upsert_rows(*rows.table, names); });
  link.run(statement, rows.columns.values, rows.columns.format);
}

void write_derived_rows(connection& link, const batch_rows& rows,
                        attempt& progress) {
  if (rows.outbox.count > 0)
    link.run("insert_outbox", rows.outbox.values, rows.outbox.format);
  if (rows.snapshots.count > 0)
    link.run("upsert_snapshots", rows.snapshots.values);
  if (rows.retention.count > 0)
    link.run("delete_old_snapshots", rows.retention.values);
  for (const auto& table : rows.projections) {
    progress.table = table.table;
    write_projection(link, table);
  }
  progress.table = nullptr;
}

void run_own_statements(connection& link, std::span<const append_request> batch,
                        const places& chosen, attempt& progress) {
  bool prepared = false;
  for (auto place : chosen) {
    if (batch[place].events.empty())
      continue;
    for (const auto& own : batch[place].statements) {
      if (!prepared) {
        if (auto script = link.texts().server().own_statements; !script.empty())
          link.run_script({"own_statements", std::string(script)});
        prepared = true;
      }
      progress.culprit = place;
      link.run_once({"of the aggregate itself", own.sql}, own.parameters);
    }
    // COMMIT in a transaction that is broken or no more is no error. This is
    // one, and says whose statement it was.
    if (progress.culprit == place)
      link.run_script({"after those of the aggregate itself",
                       "SAVEPOINT own; RELEASE SAVEPOINT own"});
  }
  progress.culprit.reset();
}

bool is_outrun(const database_error& e) {
  return e.sqlstate() == unique_violation
         && (e.statement() == "append_events"
             || e.statement() == "remember_commands");
}

} // namespace

attempt store_together(connection& link, std::span<const append_request> batch,
                       const places& chosen, batch_rows rows,
                       const std::function<void()>& meanwhile) {
  attempt result;
  try {
    link.begin(link.texts().server().batch_settings);
    if (!all_written(link, "remember_commands", rows.commands)
        || !append_events(link, rows, result)
        || !unchanged_are_there(link, rows)) {
      link.roll_back();
      result.what = attempt::kind::outrun;
      return result;
    }
    write_derived_rows(link, rows, result);
    run_own_statements(link, batch, chosen, result);
  } catch (const database_error& e) {
    link.roll_back();
    result.what = is_outrun(e) ? attempt::kind::outrun : attempt::kind::failed;
    result.failure = e;
    return result;
  } catch (...) {
    link.close();
    throw;
  }
  note_commit(link, result, [&] { link.commit(meanwhile); });
  if (result.what == attempt::kind::failed)
    link.roll_back();
  return result;
}

} // namespace es::store::postgres

#include "eventsource/store/postgres/migrator.hpp"

#include "eventsource/store/embedded_files.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/checksum.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/postgres/dsn.hpp"
#include "eventsource/store/postgres/failures.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/migration_plan.hpp"

#include <charconv>

namespace es::store {

using namespace es::store::postgres;

std::string_view to_string(migration_status::state what) noexcept {
  switch (what) {
    case migration_status::state::applied:
      return "applied";
    case migration_status::state::pending:
      return "pending";
    case migration_status::state::changed:
      return "changed";
    case migration_status::state::unknown:
      return "unknown";
  }
  return "unknown";
}

std::vector<migration> library_migrations() {
  std::vector<migration> result;
  for (const auto& file : embedded::sql_migrations()) {
    migration next{.component = std::string(library_component),
                   .name = std::string(file.name),
                   .text = std::string(file.text)};
    std::from_chars(next.name.data(), next.name.data() + next.name.size(),
                    next.number);
    result.push_back(std::move(next));
  }
  return result;
}

namespace {

/// A connection of its own: migrating takes longer than any timeout of the pool
/// allows, and happens once.
struct migration_session {
  std::vector<sql_text> texts;
  std::unique_ptr<connection> link;

  rows lock() {
    const auto& names = link->texts().names();
    return link->run_once(link->texts()[link->texts().server().lock_migrations],
                          {names.schema + "." + names.migrations});
  }
};

result<migration_session> connect(const postgres_settings& settings) {
  auto dsn = check_dsn(settings.dsn, settings.connect_timeout);
  if (!dsn)
    return tl::unexpected<error>(std::move(dsn.error()));
  migration_session session;
  session.texts.emplace_back(settings.tables,
                             dialect_of(server_kind::postgresql));
  session.texts.emplace_back(settings.tables,
                             dialect_of(server_kind::cockroachdb));
  try {
    session.link =
      std::make_unique<connection>(dsn->text, session_options{}, session.texts);
  } catch (const database_error& e) {
    return tl::unexpected<error>(to_connect_error(e, dsn->place));
  }
  return session;
}

bool has_migrations_table(connection& link) {
  const auto& names = link.texts().names();
  return !link
            .run_once(link.texts()["find_table"],
                      {names.schema, names.migrations})
            .empty();
}

std::vector<applied_migration> list_applied(connection& link) {
  const auto found = link.run_once(link.texts()["list_migrations"]);
  std::vector<applied_migration> result;
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back({.component = std::string(found.text(i, 0)),
                      .number = static_cast<int>(found.number(i, 1)),
                      .name = std::string(found.text(i, 2)),
                      .checksum = std::string(found.text(i, 3)),
                      .applied_at = found.time(i, 4)});
  return result;
}

void create_schemas(connection& link) {
  const auto& names = link.texts().names();
  array_literal wanted;
  wanted.add(std::string_view(names.schema));
  wanted.add(std::string_view(names.projection_schema));
  const auto found =
    link.run_once(link.texts()["find_schemas"], {wanted.str()});
  auto exists = [&](const std::string& name) {
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found.text(i, 0) == name)
        return true;
    return false;
  };
  for (const auto& name : {names.schema, names.projection_schema})
    if (!exists(name))
      link.run_script(
        {"create_schema", "CREATE SCHEMA IF NOT EXISTS " + quoted_name(name)});
}

/// Runs `action` in a transaction; what it throws rolls back.
template <class Action>
auto in_transaction(connection& link, Action&& action) {
  link.begin();
  try {
    auto result = action();
    link.commit();
    return result;
  } catch (...) {
    link.roll_back();
    throw;
  }
}

/// Makes the migrator's own table. Where the lock is a row of that very table
/// the statements alone have to be safe, and are.
void prepare_database(migration_session& session) {
  auto& link = *session.link;
  if (has_migrations_table(link))
    return;
  const bool lock_needs_table =
    link.texts().server().kind == server_kind::cockroachdb;
  in_transaction(link, [&] {
    if (!lock_needs_table)
      session.lock();
    create_schemas(link);
    link.run_once(link.texts()["create_migrations"]);
    return true;
  });
}

/// Applies the first pending migration, if there is any.
result<std::optional<migration_status>>
apply_next(migration_session& session, const std::vector<migration>& known) {
  auto& link = *session.link;
  const migration* next = nullptr;
  try {
    return in_transaction(
      link, [&]() -> result<std::optional<migration_status>> {
        session.lock();
        const auto states = compare(known, list_applied(link));
        if (auto fine = refuse_foreign(states); !fine)
          return tl::unexpected<error>(std::move(fine.error()));
        next = first_pending(known, states);
        if (!next)
          return std::optional<migration_status>{};
        link.run_script(
          {"migration " + next->name, link.texts().fill(next->text)});
        const auto recorded =
          link.run_once(link.texts()["record_migration"],
                        {next->component, std::to_string(next->number),
                         next->name, checksum_of(next->text)});
        return std::optional{
          migration_status{.component = next->component,
                           .number = next->number,
                           .name = next->name,
                           .what = migration_status::state::applied,
                           .applied_at = recorded.time(0, 0)}};
      });
  } catch (const database_error& e) {
    auto why = to_error(e, next ? "component " + next->component : "");
    if (why.code != errc::unavailable)
      why.code = errc::schema_mismatch;
    return tl::unexpected<error>(std::move(why));
  }
}

struct epoch_state {
  std::int64_t epoch = 0;
  /// Why events that are written now might sort before others; empty if not.
  std::string stale{};
};

epoch_state read_epoch(connection& link) {
  const auto found = link.run_once(link.texts()["find_epoch"]);
  if (found.empty())
    return {};
  epoch_state result{.epoch = found.number(0, 0)};
  if (found.text(0, 1) != found.text(0, 2))
    result.stale = "was moved here from another server";
  else if (found.text(0, 3) == "t")
    result.stale =
      "has events of transactions that this server has not reached";
  return result;
}

/// Sorts what is written from now on behind everything that is there.
bool raise_stale_epoch(migration_session& session) {
  auto& link = *session.link;
  return in_transaction(link, [&] {
    session.lock();
    const auto state = read_epoch(link);
    if (state.stale.empty())
      return false;
    const auto next = std::to_string(state.epoch + 1);
    // The lock of the table waits for everybody who still writes the old one.
    link.run_script(
      {"raise_epoch",
       link.texts().fill("ALTER TABLE {events} ALTER COLUMN epoch SET DEFAULT "
                         + next)});
    link.run_once(link.texts()["raise_epoch"], {next});
    return true;
  });
}

} // namespace

migrator::migrator(postgres_settings settings, std::vector<migration> known)
  : settings_(std::move(settings)), known_(std::move(known)) {
  // nop
}

result<migrator> migrator::open(postgres_settings settings,
                                std::vector<migration> extra) {
  if (auto fine = check_names(settings.tables); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  if (auto dsn = check_dsn(settings.dsn, settings.connect_timeout); !dsn)
    return tl::unexpected<error>(std::move(dsn.error()));
  auto known = library_migrations();
  for (auto& own : extra) {
    if (own.component == library_component)
      return fail(errc::invalid, "migration \"" + own.name
                                   + "\" claims the library's own component; "
                                     "name another one");
    known.push_back(std::move(own));
  }
  if (auto fine = check_numbers(known); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return migrator{std::move(settings), std::move(known)};
}

result<std::vector<migration_status>> migrator::status() const {
  auto session = connect(settings_);
  if (!session)
    return tl::unexpected<error>(std::move(session.error()));
  return contain("reading the migrations",
                 [&]() -> result<std::vector<migration_status>> {
                   auto& link = *session->link;
                   if (!has_migrations_table(link))
                     return compare(known_, {});
                   return compare(known_, list_applied(link));
                 });
}

result<std::vector<migration_status>> migrator::apply() const {
  auto session = connect(settings_);
  if (!session)
    return tl::unexpected<error>(std::move(session.error()));
  return contain("migrating", [&]() -> result<std::vector<migration_status>> {
    // Waiting for another node's migration is no fault.
    session->link->run_script({"migrate", "SET statement_timeout = 0"});
    prepare_database(*session);
    std::vector<migration_status> done;
    for (;;) {
      auto next = apply_next(*session, known_);
      if (!next)
        return tl::unexpected<error>(std::move(next.error()));
      if (!*next) {
        raise_stale_epoch(*session);
        return done;
      }
      done.push_back(std::move(**next));
    }
  });
}

result<void> migrator::check() const {
  auto states = status();
  if (!states)
    return tl::unexpected<error>(std::move(states.error()));
  if (auto fine = refuse_foreign(*states); !fine)
    return fine;
  if (auto fine = refuse_pending(*states); !fine)
    return fine;
  return check_epoch();
}

result<void> migrator::check_epoch() const {
  auto session = connect(settings_);
  if (!session)
    return tl::unexpected<error>(std::move(session.error()));
  return contain("reading the epoch of the events", [&]() -> result<void> {
    const auto state = read_epoch(*session->link);
    if (state.stale.empty())
      return {};
    return fail(errc::schema_mismatch,
                "the database " + state.stale
                  + ": what is stored now would sort among its older events, "
                    "and subscribers would miss it. `esctl migrate` mends "
                    "this; run it before anything is stored.");
  });
}

} // namespace es::store

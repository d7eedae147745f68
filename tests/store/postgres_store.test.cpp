#include "eventsource/tests/store/conformance.hpp"
#include "eventsource/tests/store/server_fixture.hpp"

#include <string>

namespace postgres_store_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// Migrated once, with the tables of the conformance suite; each test gets a
/// copy of it.
test_database& model_database() {
  static test_database model;
  static const bool made = [] {
    must(must(migrator::open(model.settings(),
                             {{.component = "conformance",
                               .number = 1,
                               .name = "projections",
                               .text = std::string(projection_ddl())}}))
           .apply());
    return true;
  }();
  (void)made;
  return model;
}

struct in_postgres : store_fixture {
  test_database database{model_database().name()};
  std::shared_ptr<event_store> one =
    must(postgres_store::open(database.settings()));
  std::shared_ptr<event_store> two =
    must(postgres_store::open(database.settings()));

  event_store& store() override {
    return *one;
  }
  event_store& other() override {
    return *two;
  }
};

const conforming_store postgres{__FILE__,
                                [] { return std::make_unique<in_postgres>(); }};

/// A log that users' statements write.
struct with_log : in_postgres {
  observer look = database.observe();

  with_log() {
    look.script("CREATE TABLE log (place SERIAL, text TEXT UNIQUE)");
  }

  static append_request logging(append_request append, std::string text) {
    append.statements.push_back({.sql = "INSERT INTO log (text) VALUES ($1)",
                                 .parameters = {std::move(text)}});
    return append;
  }

  std::string log() {
    return look.value(
      "SELECT COALESCE(string_agg(COALESCE(text, '?'), ' ' ORDER BY place), "
      "'') FROM log");
  }
};

} // namespace

// -- statements of the user's own ---------------------------------------------

ES_TEST("statements run in the transaction of their events, in order") {
  with_log at;
  auto append = with_log::logging(an_append("ldg_1", 0), "one");
  append = with_log::logging(std::move(append), "two");
  append.statements.push_back(
    {.sql = "INSERT INTO log (text) SELECT id FROM es.events "
            "WHERE xmin = pg_current_xact_id()::xid",
     .parameters = {}});
  must_write(at, append);
  ES_CHECK_EQ(at.log(), "one two " + append.events[0].id);
}

ES_TEST("a statement's parameters are values, whatever they say") {
  with_log at;
  version_t head = 0;
  for (const auto& text : awkward_texts())
    must_write(
      at, with_log::logging(an_append("ldg_1", head++), text.substr(0, 2'000)));
  auto append = an_append("ldg_1", head);
  append.statements = {{.sql = "INSERT INTO log (text) VALUES ($1)",
                        .parameters = {std::nullopt}}};
  must_write(at, append);
  for (const auto& text : awkward_texts())
    ES_CHECK_EQ(at.look.value("SELECT count(*) FROM log WHERE text = $1",
                              {text.substr(0, 2'000)}),
                "1");
  ES_CHECK_EQ(at.look.value("SELECT count(*) FROM log WHERE text IS NULL"),
              "1");
}

ES_TEST("a statement that fails harms only its append") {
  with_log at;
  std::vector<append_request> batch;
  for (int i = 0; i < 10; ++i) {
    const auto id = "ldg_" + std::to_string(i);
    auto append = with_change(an_append(id, 0), every_type_table(), 1,
                              upsert(a_row(id, 1, "row")));
    append.events[0].publish = true;
    append.command_id = "cmd_1";
    append.snapshot = new_snapshot{.data = "{}"};
    batch.push_back(with_log::logging(std::move(append), id));
  }
  const std::vector<std::string> wrong = {
    "INSERT INTO nowhere VALUES (1)", "SELEKT", "SELECT 1 / 0",
    "INSERT INTO log (text) VALUES ('ldg_1')", "COPY log (text) FROM STDIN"};
  for (std::size_t i = 0; i < wrong.size(); ++i)
    batch[2 * i].statements.push_back({.sql = wrong[i], .parameters = {}});
  const auto outcomes = at.store().write(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& id = batch[i].aggregate_id;
    const bool good = i % 2 == 1;
    ES_CHECK_EQ(head_of(at, id), good ? 1 : 0);
    ES_CHECK_EQ(at.store().find_receipt(id, "cmd_1")->has_value(), good);
    ES_CHECK_EQ(at.store().load_snapshot(id, 9)->has_value(), good);
    if (good) {
      ES_CHECK(is_committed(outcomes[i]));
    } else {
      ES_CHECK(is_refused(outcomes[i], errc::statement_failed));
      ES_CHECK(outcomes[i].error.message.find(id) != std::string::npos);
    }
  }
  ES_CHECK_EQ(at.log(), "ldg_1 ldg_3 ldg_5 ldg_7 ldg_9");
  ES_CHECK_EQ(rows_of(at, every_type_table()).size(), 5u);
  ES_CHECK_EQ(at.store().scan_outbox("", 0, 100)->size(), 5u);
}

ES_TEST("statements of refused and of repeated appends do not run") {
  with_log at;
  auto command = with_log::logging(an_append("ldg_1", 0), "first");
  command.command_id = "cmd_1";
  must_write(at, command);
  auto repeat = with_log::logging(an_append("ldg_1", 1), "repeat");
  repeat.command_id = "cmd_1";
  ES_CHECK(is_duplicate(write_one(at, repeat)));
  const auto late = with_log::logging(an_append("ldg_1", 0), "conflict");
  ES_CHECK(is_refused(write_one(at, late), errc::conflict));
  ES_CHECK_EQ(at.log(), "first");
}

ES_TEST("a statement can't end the transaction it runs in") {
  with_log at;
  version_t head = 0;
  for (const std::string sql :
       {"COMMIT", "ROLLBACK", "COMMIT; BEGIN", "  ;; rollback", "-- a\nEND",
        "/* /* */ */ Abort", "DO $$ BEGIN COMMIT; END $$",
        "DO $$ BEGIN ROLLBACK; END $$", "COPY log (text) FROM STDIN",
        "SELECT 1; COMMIT", "SAVEPOINT own", "PREPARE TRANSACTION 'own'"}) {
    auto bad = with_log::logging(an_append("ldg_bad", 0, 2), sql);
    bad.statements.push_back({.sql = sql, .parameters = {}});
    auto fine = with_log::logging(an_append("ldg_fine", head), "fine " + sql);
    const auto outcomes = at.store().write(std::vector{
      fine, bad,
      with_log::logging(an_append("ldg_also", head), "also " + sql)});
    ++head;
    ES_CHECK(is_committed(outcomes[0]));
    ES_CHECK(!outcomes[1].ok());
    ES_CHECK(is_committed(outcomes[2]));
    ES_CHECK_EQ(head_of(at, "ldg_fine"), head);
    ES_CHECK_EQ(head_of(at, "ldg_bad"), 0);
    ES_CHECK_EQ(head_of(at, "ldg_also"), head);
    ES_CHECK_EQ(at.look.value("SELECT count(*) FROM log"),
                std::to_string(2 * head));
  }
}

// -- rows as other programs see them ------------------------------------------

ES_TEST("the store fills the column of its own clock whenever it "
        "writes a row") {
  in_postgres at;
  auto look = at.database.observe();
  const auto since = [&] {
    return look.value("SELECT registered_at FROM projection.every_type");
  };
  must_write(at, with_change(an_append("ldg_1", 0), every_type_table(), 1,
                             upsert(a_row("r1", 1, "one"))));
  const auto first = since();
  ES_CHECK_EQ(look.value("SELECT count(*) FROM projection.every_type p JOIN "
                         "es.events e ON e.registered_at = p.registered_at"),
              "1");
  must_write(at, with_change(an_append("ldg_1", 1), every_type_table(), 2,
                             upsert(a_row("r1", 2, "two"))));
  ES_CHECK(since() != first);
}

ES_TEST("an aggregate that changed five times in a batch is upserted "
        "once") {
  in_postgres at;
  auto look = at.database.observe();
  look.script("CREATE TABLE writes (note TEXT);"
              "CREATE FUNCTION note_write() RETURNS trigger AS $$ BEGIN "
              "INSERT INTO public.writes VALUES (NEW.note); RETURN NEW; "
              "END $$ LANGUAGE plpgsql;"
              "CREATE TRIGGER note_write AFTER INSERT OR UPDATE ON "
              "projection.every_type FOR EACH ROW EXECUTE FUNCTION "
              "note_write()");
  std::vector<append_request> batch;
  for (version_t i = 0; i < 5; ++i)
    batch.push_back(
      with_change(an_append("ldg_1", i), every_type_table(), i + 1,
                  upsert(a_row("r1", i + 1, std::to_string(i + 1)))));
  for (const auto& outcome : at.store().write(batch))
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(look.value("SELECT string_agg(note, ' ') FROM public.writes"),
              "5");
}

ES_TEST("a batch is one transaction") {
  in_postgres at;
  auto look = at.database.observe();
  std::vector<append_request> batch;
  for (int i = 0; i < 50; ++i)
    batch.push_back(an_append("ldg_" + std::to_string(i), 0));
  for (const auto& outcome : at.store().write(batch))
    ES_CHECK(is_committed(outcome));
  ES_CHECK_EQ(look.value("SELECT count(DISTINCT xmin::text) FROM es.events"),
              "1");
}

} // namespace postgres_store_test

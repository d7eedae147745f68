#include "eventsource/store/postgres/connection.hpp"

#include "eventsource/store/postgres/answer_watch.hpp"
#include "eventsource/store/postgres/libpq_calls.hpp"
#include "eventsource/store/postgres/pqxx_compat.hpp"
#include "eventsource/store/postgres/silence_guard.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

#include <atomic>
#include <charconv>
#include <optional>
#include <poll.h>
#include <unordered_set>

namespace es::store::postgres {

// -- rows ---------------------------------------------------------------------

struct rows::impl {
  explicit impl(const pqxx::result& content)
    : data(std::make_shared<pqxx::result>(content)),
      size(static_cast<std::size_t>(content.size())),
      affected(static_cast<std::size_t>(content.affected_rows())),
      columns(static_cast<std::size_t>(content.columns())) {
    cells.reserve(size * columns);
    // To ask the library for one cell takes a hold of the result each time.
    for (const auto& row : content)
      for (const auto& field : row) {
        const auto length = static_cast<std::size_t>(field.size());
        const bool is_null = length == 0 && field.is_null();
        cells.push_back(is_null ? std::string_view{}
                                : std::string_view{field.c_str(), length});
      }
  }

  explicit impl(const libpq::answer& content)
    : data(content), size(static_cast<std::size_t>(PQntuples(content.get()))),
      columns(static_cast<std::size_t>(PQnfields(content.get()))) {
    const std::string_view written =
      PQcmdTuples(const_cast<PGresult*>(content.get()));
    std::from_chars(written.data(), written.data() + written.size(), affected);
    cells.reserve(size * columns);
    for (int row = 0; row < PQntuples(content.get()); ++row)
      for (int column = 0; column < PQnfields(content.get()); ++column)
        if (PQgetisnull(content.get(), row, column) != 0)
          cells.emplace_back();
        else
          cells.emplace_back(PQgetvalue(content.get(), row, column),
                             PQgetlength(content.get(), row, column));
  }

  std::shared_ptr<const void> data;
  std::size_t size = 0;
  std::size_t affected = 0;
  std::size_t columns = 0;
  /// Row after row; without data where NULL is.
  std::vector<std::string_view> cells;
};

rows::rows(std::shared_ptr<const impl> content) : impl_(std::move(content)) {
  // nop
}

std::size_t rows::size() const noexcept {
  return impl_->size;
}

std::size_t rows::affected() const noexcept {
  return impl_->affected;
}

bool rows::is_null(std::size_t row, std::size_t column) const {
  return text(row, column).data() == nullptr;
}

std::string_view rows::text(std::size_t row, std::size_t column) const {
  return impl_->cells.at(row * impl_->columns + column);
}

std::int64_t rows::number(std::size_t row, std::size_t column) const {
  const auto digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

timestamp rows::time(std::size_t row, std::size_t column) const {
  if (is_null(row, column))
    return {};
  auto read = parse_timestamp(text(row, column));
  if (!read)
    throw database_error{std::string(datetime_field_overflow),
                         "a stored time is out of range: "
                           + std::string(text(row, column)),
                         "", false};
  return *read;
}

// -- connection ---------------------------------------------------------------

struct connection::impl {
  explicit impl(std::chrono::microseconds busy_poll_max)
    : watch(busy_poll_max) {
    // nop
  }

  std::unique_ptr<compat::connection> link;
  /// Ends before the connection does.
  std::unique_ptr<compat::notification_counter> notifications;
  std::unordered_set<std::string> prepared;
  answer_watch watch;
  /// Empty if the server may be silent for ever.
  std::optional<silence_guard::watched> watched;
  std::chrono::milliseconds silence_max{0};
  /// In the one transaction of `session_options::one_moment`.
  bool in_moment = false;
};

namespace {

constexpr int oldest_version = 130'000;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::string milliseconds(std::chrono::milliseconds span) {
  return std::to_string(span.count());
}

/// While it lives, an answer is waited for.
class waiting {
public:
  explicit waiting(std::optional<silence_guard::watched>& on) : on_(on) {
    if (on_)
      on_->begin();
  }

  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;

  ~waiting() {
    if (on_)
      on_->end();
  }

private:
  std::optional<silence_guard::watched>& on_;
};

} // namespace

template <class Action>
rows connection::guarded(const std::string& statement, Action&& action) {
  std::shared_ptr<rows::impl> content;
  without_transaction(statement, [&] {
    pqxx::nontransaction tx{*impl_->link};
    content = std::make_shared<rows::impl>(action(tx));
  });
  return rows{std::move(content)};
}

template <class Action>
void connection::without_transaction(const std::string& statement,
                                     Action&& action) {
  if (!is_open())
    throw database_error{"", "the connection is closed", statement, true};
  waiting for_answer{impl_->watched};
  try {
    action();
  } catch (const std::bad_alloc&) {
    close();
    throw;
  } catch (const std::exception& e) {
    auto sqlstate = compat::sqlstate_of(e);
    auto message = trimmed(e.what());
    if (sqlstate.empty()) {
      if (impl_->watched && impl_->watched->is_cut())
        message = "the server did not answer within "
                  + milliseconds(impl_->silence_max)
                  + " ms, so that the connection was cut";
      else if (!is_open())
        message = "the server ended the connection";
      // What came from the client's side left a stream of messages that can't
      // be trusted any more.
      close();
    }
    const bool is_lost = !is_open();
    // Its transaction has failed, and another one would see another moment.
    if (impl_->in_moment)
      close();
    throw database_error{std::move(sqlstate), std::move(message), statement,
                         is_lost};
  }
}

connection::connection(const std::string& dsn, const session_options& options,
                       const std::vector<sql_text>& texts)
  : impl_(std::make_unique<impl>(options.busy_poll_max)) {
  try {
    impl_->link = compat::connect(dsn);
  } catch (const std::exception& e) {
    throw database_error{"", trimmed(e.what()), "connect", true};
  }
  if (options.guard && options.guard->limit().count() > 0) {
    impl_->silence_max = options.guard->limit();
    impl_->watched.emplace(*options.guard, impl_->link->sock());
  }
  const auto hello = run_once({"connect", "SELECT version(), "
                                          "current_setting("
                                          "'server_version_num')"});
  const auto& server = dialect_for(hello.text(0, 0));
  texts_ = &texts.at(static_cast<std::size_t>(server.kind));
  if (server.kind == server_kind::postgresql
      && hello.number(0, 1) < oldest_version)
    throw database_error{"",
                         "the server is older than PostgreSQL 13: "
                           + std::string(hello.text(0, 0)),
                         "connect", true};
  std::string name_session{server.name_session};
  if (!name_session.empty())
    name_session += '\'' + words_.next().str() + "';";
  run_script(
    {"connect", "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC';"
                "SET DateStyle = 'ISO'; SET client_min_messages = 'warning';"
                "SET standard_conforming_strings = on;"
                "SET statement_timeout = "
                  + milliseconds(options.statement_timeout)
                  + "; SET idle_in_transaction_session_timeout = "
                  + milliseconds(options.idle_in_transaction_timeout) + ";"
                  + name_session + std::string(server.session)});
  if (options.one_moment && !server.begin_moment.empty()) {
    run_script({"BEGIN", std::string(server.begin_moment)});
    impl_->in_moment = true;
  }
}

connection::~connection() {
  close();
}

rows connection::run(std::string_view name, const parameters& values,
                     value_format format) {
  return run((*texts_)[name], values, format);
}

template <class Take>
rows connection::ask(const sql_statement& statement, const parameters& values,
                     value_format format, Take&& take) {
  std::shared_ptr<rows::impl> content;
  without_transaction(statement.name, [&] {
    prepare(statement);
    auto* raw = impl_->link->raw();
    libpq::send(raw, statement.name, values, format == value_format::binary);
    content = std::make_shared<rows::impl>(take(raw));
  });
  return rows{std::move(content)};
}

rows connection::run(const sql_statement& statement, const parameters& values,
                     value_format format) {
  return ask(statement, values, format, &libpq::take_answer);
}

rows connection::run_promptly(const sql_statement& statement,
                              const parameters& values) {
  return ask(statement, values, value_format::text, [this](PGconn* raw) {
    return impl_->watch.await(PQsocket(raw),
                              [raw] { return libpq::take_answer(raw); });
  });
}

rows connection::run_once(const sql_statement& statement,
                          const parameters& values) {
  return guarded(statement.name, [&](pqxx::nontransaction& tx) {
    return compat::exec_params(tx, statement.text, values);
  });
}

rows connection::run_script(const sql_statement& script) {
  return guarded(script.name, [&](pqxx::nontransaction& tx) {
    return compat::exec(tx, script.text);
  });
}

void connection::prepare(const sql_statement& statement) {
  if (impl_->prepared.contains(statement.name))
    return;
  libpq::prepare(impl_->link->raw(), statement.name, statement.text);
  impl_->prepared.insert(statement.name);
}

void connection::copy(std::string_view name, const std::string& rows) {
  copy((*texts_)[name], rows);
}

void connection::copy(const sql_statement& statement, const std::string& rows) {
  guarded(statement.name, [&](pqxx::nontransaction& tx) {
    const std::string_view text = statement.text;
    constexpr std::string_view verb = "COPY ";
    const auto begin = text.find("\nCOPY ") + 1 + verb.size();
    const auto end = text.rfind("FROM STDIN");
    compat::copy(tx, std::string(text.substr(begin, end - begin)), rows);
    return pqxx::result{};
  });
}

void connection::listen(const std::string& channel) {
  guarded("listen", [&](pqxx::nontransaction&) {
    impl_->notifications =
      std::make_unique<compat::notification_counter>(*impl_->link, channel);
    return pqxx::result{};
  });
}

bool connection::wait_notification(std::chrono::milliseconds at_most) {
  bool came = false;
  // Notifications are not delivered within a transaction of the library's.
  without_transaction("wait_notification", [&] {
    came = compat::await_notification(*impl_->link, at_most) > 0;
  });
  return came;
}

void connection::begin(std::string_view settings) {
  if (impl_->in_moment) {
    close();
    throw database_error{"25006",
                         "what reads as of one moment can't write and has no "
                         "other transaction",
                         "BEGIN", false};
  }
  // Under a stricter default of the database a statement would not see what was
  // committed while it waited for a lock.
  run_script(
    {"BEGIN", "BEGIN ISOLATION LEVEL READ COMMITTED;" + std::string(settings)});
}

void connection::commit(const std::function<void()>& meanwhile) {
  without_transaction("COMMIT", [&] {
    auto* raw = impl_->link->raw();
    libpq::send(raw, "COMMIT");
    if (meanwhile)
      meanwhile();
    static_cast<void>(libpq::take_answer(raw));
  });
}

std::uint64_t connection::find_session() {
  return note_session(run("find_session", {words_.next().str()}).text(0, 0));
}

std::uint64_t connection::note_session(std::string_view name) {
  static std::atomic<std::uint64_t> count{0};
  if (name != session_name_) {
    session_name_ = name;
    session_ = name.empty() ? 0 : ++count;
  }
  return session_;
}

std::optional<std::string>
connection::session_name(std::uint64_t number) const {
  if (number == 0 || number != session_)
    return std::nullopt;
  return session_name_;
}

void connection::roll_back() noexcept {
  if (!is_open())
    return;
  try {
    run_script({"ROLLBACK", "ROLLBACK"});
  } catch (...) {
    close();
  }
}

bool connection::is_quiet() const noexcept {
  if (!is_open())
    return false;
  pollfd socket{impl_->link->sock(), POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

bool connection::is_open() const noexcept {
  return impl_->link && impl_->link->is_open();
}

void connection::close() noexcept {
  if (!impl_->link)
    return;
  try {
    impl_->notifications = nullptr;
    impl_->link->close();
  } catch (...) {
    // nop
  }
  // Its socket stays open as long as anybody has it.
  impl_->watched.reset();
}

} // namespace es::store::postgres

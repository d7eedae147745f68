#pragma once

#include "eventsource/domain/ksuid.hpp"
#include "eventsource/domain/projection.hpp"
#include "eventsource/domain/timestamp.hpp"
#include "eventsource/store/postgres/sql_text.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es::store::postgres {

/// Values of $1, $2, ...; empty is NULL. Text with a NUL character would end
/// there: callers refuse it before.
using parameters = std::vector<std::optional<std::string>>;

/// The form of all values of a statement: text, or what the server itself reads
/// and writes, of which none is NULL.
enum class value_format { text, binary };

/// What a connection throws; it never leaves store/postgres/.
class database_error : public std::exception {
public:
  database_error(std::string sqlstate, std::string message,
                 std::string statement, bool connection_lost)
    : sqlstate_(std::move(sqlstate)), message_(std::move(message)),
      statement_(std::move(statement)), connection_lost_(connection_lost) {
    // nop
  }

  /// Empty if the server did not answer.
  [[nodiscard]] const std::string& sqlstate() const noexcept {
    return sqlstate_;
  }
  /// The server's words, without line break at the end.
  [[nodiscard]] const std::string& message() const noexcept {
    return message_;
  }
  /// The name of the statement.
  [[nodiscard]] const std::string& statement() const noexcept {
    return statement_;
  }
  /// Whether the connection is gone with it.
  [[nodiscard]] bool connection_lost() const noexcept {
    return connection_lost_;
  }
  [[nodiscard]] const char* what() const noexcept override {
    return message_.c_str();
  }

private:
  std::string sqlstate_;
  std::string message_;
  std::string statement_;
  bool connection_lost_;
};

/// What a statement answered: rows of text, or the number of rows it wrote.
/// Copies share the data; views live as long as any copy.
class rows {
public:
  struct impl;
  explicit rows(std::shared_ptr<const impl> content);

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept {
    return size() == 0;
  }
  [[nodiscard]] std::size_t affected() const noexcept;
  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const;
  /// Empty for NULL.
  [[nodiscard]] std::string_view text(std::size_t row,
                                      std::size_t column) const;
  /// 0 for NULL.
  [[nodiscard]] std::int64_t number(std::size_t row, std::size_t column) const;
  /// 1970 for NULL. Throws `database_error` for a `timestamptz` that is no
  /// `timestamp`: infinity, and what is beyond the years 0 to 9999.
  [[nodiscard]] timestamp time(std::size_t row, std::size_t column) const;

private:
  std::shared_ptr<const impl> impl_;
};

class silence_guard;

/// What is set on every connection before its first use.
struct session_options {
  std::chrono::milliseconds statement_timeout{0};
  /// Ends a transaction whose client fell silent, so that its locks go.
  std::chrono::milliseconds idle_in_transaction_timeout{60'000};
  /// Everything is read as of the first statement, in one transaction that
  /// never ends and can't write.
  bool one_moment = false;
  /// How long the answers to `run_promptly` may take to be looked out for.
  std::chrono::microseconds busy_poll_max{0};
  /// Cuts the connection when the server falls silent; null does not.
  silence_guard* guard = nullptr;
};

/// One connection. Used by one thread at a time; never reconnects by itself.
class connection {
public:
  /// Connects and sets the session up. `texts` has one entry per server kind
  /// and outlives the connection. Throws `database_error`.
  connection(const std::string& dsn, const session_options& options,
             const std::vector<sql_text>& texts);
  ~connection();

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Runs a statement of sql/queries, prepared on first use.
  rows run(std::string_view name, const parameters& values = {},
           value_format format = value_format::text);
  /// Runs a statement that was built, prepared on first use.
  rows run(const sql_statement& statement, const parameters& values = {},
           value_format format = value_format::text);
  /// The same for a statement whose answer somebody waits for and that makes
  /// little work: for the time that such ones take the core may be kept awake
  /// (`answer_watch`).
  rows run_promptly(const sql_statement& statement, const parameters& values);
  /// Runs a statement unprepared.
  rows run_once(const sql_statement& statement, const parameters& values = {});
  /// Runs one or more statements without parameters.
  rows run_script(const sql_statement& script);

  /// Sends rows, as copy_text makes them, to a COPY statement of sql/queries.
  void copy(std::string_view name, const std::string& rows);
  /// The same to a statement that was built.
  void copy(const sql_statement& statement, const std::string& rows);

  /// Asks for notifications on a channel from now on.
  void listen(const std::string& channel);
  /// Whether a notification came within this time; many count as one.
  bool wait_notification(std::chrono::milliseconds at_most);

  /// Begins a transaction; `settings` are statements for the same round trip.
  void begin(std::string_view settings = {});
  /// Calls `meanwhile`, unless it is empty, between the question and the look
  /// at its answer; it must not throw.
  void commit(const std::function<void()>& meanwhile = {});
  /// After this the connection is in no transaction, or closed.
  void roll_back() noexcept;

  /// Within a transaction: the server's process that runs it, never 0. The same
  /// number as before is the same process, which a pooler may have changed
  /// behind an open connection.
  [[nodiscard]] std::uint64_t find_session();
  /// The number of the process that a statement named; 0 if it has no name.
  std::uint64_t note_session(std::string_view name);
  /// The name of the process with this number, if it is the last that was seen.
  [[nodiscard]] std::optional<std::string>
  session_name(std::uint64_t number) const;

  /// Whether the server has said nothing unasked. One that ends a connection
  /// says so, or closes it.
  [[nodiscard]] bool is_quiet() const noexcept;
  /// False after the connection broke.
  [[nodiscard]] bool is_open() const noexcept;
  void close() noexcept;
  /// A statement for a table that users describe, as `make()` gave it when one
  /// for this purpose was first asked for: its text is longer than most rows.
  template <class Make>
  const sql_statement& statement_for(std::string_view purpose,
                                     const projection_table& table,
                                     Make&& make) {
    for (const auto& one : of_tables_)
      if (one.purpose == purpose && one.table == table)
        return one.statement;
    return of_tables_
      .emplace_back(table_statement{std::string(purpose), table, make()})
      .statement;
  }

  /// Of the server this connection leads to.
  [[nodiscard]] const sql_text& texts() const noexcept {
    return *texts_;
  }

private:
  struct impl;
  struct table_statement {
    std::string purpose;
    projection_table table;
    sql_statement statement;
  };

  void prepare(const sql_statement& statement);
  template <class Take>
  rows ask(const sql_statement& statement, const parameters& values,
           value_format format, Take&& take);
  template <class Action>
  rows guarded(const std::string& statement, Action&& action);
  template <class Action>
  void without_transaction(const std::string& statement, Action&& action);

  std::unique_ptr<impl> impl_;
  const sql_text* texts_ = nullptr;
  std::deque<table_statement> of_tables_;
  /// Words for processes that have none. Each is told one only.
  ksuid_generator words_ = ksuid_generator::system();
  std::string session_name_;
  std::uint64_t session_ = 0;
};

} // namespace es::store::postgres

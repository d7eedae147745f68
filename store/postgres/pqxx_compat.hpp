#pragma once

/// The one place that knows what differs between libpqxx 6.4 and 7.10.
/// Transactions are begun and ended by statements of our own, not by the
/// library's classes: how an error during COMMIT is read is too important to
/// differ between versions of a library.

#include <pqxx/pqxx>
#if PQXX_VERSION_MAJOR < 7
#include <pqxx/tablewriter>
#endif

#include <algorithm>
#include <chrono>
#include <libpq-fe.h>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#if !defined(PQXX_VERSION_MAJOR)
#error "libpqxx 6.4 or later is needed"
#endif

namespace es::store::postgres::compat {

using parameters = std::vector<std::optional<std::string>>;

#if PQXX_VERSION_MAJOR < 7

/// A connection of the library's that tells which one of libpq's is under it.
class connection : public pqxx::connection_base {
public:
  explicit connection(const std::string& dsn)
    : pqxx::connection_base(policy_), policy_(dsn) {
    init();
  }

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  ~connection() noexcept {
    pqxx::connection_base::close();
  }

  void close() noexcept {
    disconnect();
  }

  /// Null after `close`.
  [[nodiscard]] PGconn* raw() const noexcept {
    return is_open() ? policy_.raw : nullptr;
  }

private:
  struct remembering : pqxx::connect_direct {
    using pqxx::connect_direct::connect_direct;

    handle do_startconnect(handle before) override {
      return raw = pqxx::connect_direct::do_startconnect(before);
    }

    handle raw = nullptr;
  };

  remembering policy_;
};

inline std::unique_ptr<connection> connect(const std::string& dsn) {
  auto result = std::make_unique<connection>(dsn);
  // A connection that came back by itself would have lost its transaction and
  // its settings unnoticed.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  result->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return result;
}

inline pqxx::result exec_params(pqxx::nontransaction& tx,
                                const std::string& sql,
                                const parameters& values) {
  std::vector<const char*> list;
  list.reserve(values.size());
  for (const auto& value : values)
    list.push_back(value ? value->c_str() : nullptr);
  return tx.exec_params(sql, pqxx::prepare::make_dynamic_params(list));
}

/// COPY `target` FROM STDIN, where `target` is a table with its columns in
/// brackets.
inline void copy(pqxx::nontransaction& tx, const std::string& target,
                 const std::string& rows) {
  const std::vector<std::string> in_target;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  pqxx::tablewriter writer{tx, target, in_target.begin(), in_target.end()};
#pragma GCC diagnostic pop
  writer.write_raw_line(rows);
  writer.complete();
}

#else

/// A connection of the library's that tells which one of libpq's is under it.
class connection : public pqxx::connection {
public:
  /// Takes `raw`, which has to be connected.
  explicit connection(PGconn* raw)
    : pqxx::connection(seize_raw_connection(raw)), raw_(raw) {
    // nop
  }

  /// Null after `close`.
  [[nodiscard]] PGconn* raw() const noexcept {
    return is_open() ? raw_ : nullptr;
  }

private:
  PGconn* raw_;
};

inline std::unique_ptr<connection> connect(const std::string& dsn) {
  std::unique_ptr<PGconn, void (*)(PGconn*)> raw{PQconnectdb(dsn.c_str()),
                                                 &PQfinish};
  if (!raw)
    throw std::bad_alloc{};
  if (PQstatus(raw.get()) != CONNECTION_OK)
    throw pqxx::broken_connection{PQerrorMessage(raw.get())};
  auto result = std::make_unique<connection>(raw.get());
  raw.release();
  return result;
}

inline pqxx::params pack(const parameters& values) {
  pqxx::params result;
  result.reserve(values.size());
  for (const auto& value : values) {
    if (value)
      result.append(pqxx::zview(value->c_str(), value->size()));
    else
      result.append();
  }
  return result;
}

inline pqxx::result exec_params(pqxx::nontransaction& tx,
                                const std::string& sql,
                                const parameters& values) {
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
  return tx.exec(sql, pack(values));
#else
  return tx.exec_params(sql, pack(values));
#endif
}

/// 7 takes cells only, and escapes them itself.
inline std::vector<std::optional<std::string>> split_row(std::string_view row) {
  std::vector<std::optional<std::string>> cells(1, "");
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\t') {
      cells.emplace_back("");
    } else if (row[i] != '\\') {
      *cells.back() += row[i];
    } else if (const char c = row[++i]; c == 'N') {
      cells.back().reset();
    } else {
      *cells.back() += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    }
  }
  return cells;
}

inline void copy(pqxx::nontransaction& tx, const std::string& target,
                 const std::string& rows) {
  const auto bracket = target.find('(');
  const auto columns =
    target.substr(bracket + 1, target.rfind(')') - bracket - 1);
  auto stream =
    pqxx::stream_to::raw_table(tx, target.substr(0, bracket), columns);
  for (std::string_view rest = rows; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    stream.write_row(split_row(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  stream.complete();
}

#endif

/// The server's SQLSTATE; empty if the error is not one of the server's. 6.4
/// forgets the code of some errors, and remembers it as a type only.
inline std::string sqlstate_of(const std::exception& e) {
  if (auto* known = dynamic_cast<const pqxx::sql_error*>(&e))
    return known->sqlstate();
#if PQXX_VERSION_MAJOR < 7
  if (dynamic_cast<const pqxx::serialization_failure*>(&e))
    return "40001";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&e))
    return "40P01";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&e))
    return "40003";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&e))
    return "40000";
  if (dynamic_cast<const pqxx::too_many_connections*>(&e))
    return "53300";
#endif
  return {};
}

inline pqxx::result exec(pqxx::nontransaction& tx, const std::string& sql) {
  return tx.exec(sql);
}

/// Notifications on one channel. 7.10 would rather be given a function, and
/// still takes this.
class notification_counter : public pqxx::notification_receiver {
public:
  notification_counter(connection& link, const std::string& channel)
    : pqxx::notification_receiver(link, channel) {
    // nop
  }

  void operator()(const std::string&, int) override {
    // The number that `await_notification` answers is all that is wanted.
  }
};

inline int await_notification(connection& link,
                              std::chrono::milliseconds at_most) {
  const auto seconds =
    std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const std::chrono::microseconds rest = at_most - seconds;
  return link.await_notification(static_cast<long>(seconds.count()),
                                 static_cast<long>(rest.count()));
}

} // namespace es::store::postgres::compat

#pragma once

/// The one place that knows what differs between libpqxx 6.4 and 7.10. Only
/// connection.cpp includes it. Transactions are begun and ended by statements
/// of our own in a `nontransaction`: how an error during COMMIT is read is too
/// important to differ between versions of a library.

#include <pqxx/pqxx>
#if PQXX_VERSION_MAJOR < 7
#include <pqxx/tablewriter>
#endif

#include <algorithm>
#include <chrono>
#include <memory>
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

inline std::unique_ptr<pqxx::connection> connect(const std::string& dsn) {
  auto result = std::make_unique<pqxx::connection>(dsn);
  // A connection that came back by itself would have lost its transaction and
  // its settings unnoticed.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  result->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return result;
}

inline std::vector<const char*> pointers(const parameters& values) {
  std::vector<const char*> result;
  result.reserve(values.size());
  for (const auto& value : values)
    result.push_back(value ? value->c_str() : nullptr);
  return result;
}

inline pqxx::result exec_prepared(pqxx::nontransaction& tx,
                                  const std::string& name,
                                  const parameters& values) {
  const auto list = pointers(values);
  return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(list));
}

/// All values in binary form; none is empty.
inline pqxx::result exec_prepared_binary(pqxx::nontransaction& tx,
                                         const std::string& name,
                                         const parameters& values) {
  std::vector<pqxx::binarystring> list;
  list.reserve(values.size());
  for (const auto& value : values)
    list.emplace_back(*value);
  return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(list));
}

inline pqxx::result exec_params(pqxx::nontransaction& tx,
                                const std::string& sql,
                                const parameters& values) {
  const auto list = pointers(values);
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

inline void close(pqxx::connection& connection) noexcept {
  connection.disconnect();
}

#else

inline std::unique_ptr<pqxx::connection> connect(const std::string& dsn) {
  return std::make_unique<pqxx::connection>(dsn);
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

inline pqxx::result exec_packed(pqxx::nontransaction& tx,
                                const std::string& name,
                                const pqxx::params& values) {
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
  return tx.exec(pqxx::prepped{name}, values);
#else
  return tx.exec_prepared(name, values);
#endif
}

inline pqxx::result exec_prepared(pqxx::nontransaction& tx,
                                  const std::string& name,
                                  const parameters& values) {
  return exec_packed(tx, name, pack(values));
}

/// All values in binary form; none is empty.
inline pqxx::result exec_prepared_binary(pqxx::nontransaction& tx,
                                         const std::string& name,
                                         const parameters& values) {
  pqxx::params list;
  list.reserve(values.size());
  for (const auto& value : values)
    list.append(pqxx::binary_cast(*value));
  return exec_packed(tx, name, list);
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

inline void close(pqxx::connection& connection) noexcept {
  connection.close();
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
  notification_counter(pqxx::connection& connection, const std::string& channel)
    : pqxx::notification_receiver(connection, channel) {
    // nop
  }

  void operator()(const std::string&, int) override {
    // The number that `await_notification` answers is all that is wanted.
  }
};

inline int await_notification(pqxx::connection& connection,
                              std::chrono::milliseconds at_most) {
  const auto seconds =
    std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const std::chrono::microseconds rest = at_most - seconds;
  return connection.await_notification(static_cast<long>(seconds.count()),
                                       static_cast<long>(rest.count()));
}

/// 6.4 prepares on first use, 7 at once.
inline void prepare(pqxx::connection& connection, const std::string& name,
                    const std::string& sql) {
  connection.prepare(name, sql);
}

} // namespace es::store::postgres::compat

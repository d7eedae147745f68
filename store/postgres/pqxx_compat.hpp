#pragma once

/// The one place that knows what differs between libpqxx 6.4 and 7.10. Only
/// connection.cpp includes it. Transactions are begun and ended by statements
/// of our own in a `nontransaction`: how an error during COMMIT is read is too
/// important to differ between versions of a library.

#include <pqxx/pqxx>

#include <optional>
#include <string>
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

inline pqxx::result exec_params(pqxx::nontransaction& tx,
                                const std::string& sql,
                                const parameters& values) {
  const auto list = pointers(values);
  return tx.exec_params(sql, pqxx::prepare::make_dynamic_params(list));
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

inline pqxx::result exec_prepared(pqxx::nontransaction& tx,
                                  const std::string& name,
                                  const parameters& values) {
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
  return tx.exec(pqxx::prepped{name}, pack(values));
#else
  return tx.exec_prepared(name, pack(values));
#endif
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

/// 6.4 prepares on first use, 7 at once.
inline void prepare(pqxx::connection& connection, const std::string& name,
                    const std::string& sql) {
  connection.prepare(name, sql);
}

} // namespace es::store::postgres::compat

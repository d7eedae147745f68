#pragma once

#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Prepared statements and COMMIT by libpq's own calls, on the connection that
/// libpqxx works with. Sending one and waiting for its answer are two steps
/// here, and its values are copied once, to be sent; libpqxx makes a copy of
/// its own before. What these throw are libpqxx's exceptions, `sql_error` and
/// `broken_connection`.
namespace es::store::postgres::libpq {

using answer = std::shared_ptr<const PGresult>;

/// Prepares a statement, waiting until it is.
void prepare(PGconn* link, const std::string& name, const std::string& sql);

/// Sends a statement without parameters; nothing else may be on its way.
void send(PGconn* link, const char* sql);

/// Sends a prepared statement; nothing else may be on its way. Of values in
/// binary form, which all are or none, none is NULL.
void send(PGconn* link, const std::string& name,
          const std::vector<std::optional<std::string>>& values, bool binary);

/// The answer to what was sent, waiting for it.
[[nodiscard]] answer take_answer(PGconn* link);

} // namespace es::store::postgres::libpq

#pragma once

#include "eventsource/store/postgres/dialect.hpp"
#include "eventsource/store/settings.hpp"

#include <map>
#include <string>
#include <string_view>

namespace es::store::postgres {

/// A statement with its name. The name is that of its file under sql/queries,
/// appears in errors, and stands for the text on a connection that has prepared
/// it, so two texts never share one name.
struct sql_statement {
  std::string name;
  std::string text;
};

/// All named statements for one server and one set of table names, with the
/// placeholders filled in. Immutable; shared by all connections.
class sql_text {
public:
  sql_text(const table_names& names, const dialect& server);

  /// A name that no file has is a defect of this library and ends the program.
  [[nodiscard]] const sql_statement& operator[](std::string_view name) const;

  /// Replaces {schema}, {events}, ... by quoted identifiers. Braces around
  /// anything else stay as they are.
  [[nodiscard]] std::string fill(std::string_view text) const;

  [[nodiscard]] const dialect& server() const noexcept {
    return server_;
  }
  [[nodiscard]] const table_names& names() const noexcept {
    return names_;
  }

private:
  table_names names_;
  const dialect& server_;
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, sql_statement, std::less<>> statements_;
};

} // namespace es::store::postgres

#include "eventsource/store/postgres/sql_text.hpp"

#include "eventsource/store/embedded_files.hpp"
#include "eventsource/store/postgres/identifiers.hpp"

#include <cstdio>
#include <cstdlib>

namespace es::store::postgres {

sql_text::sql_text(const table_names& names, const dialect& server)
  : names_(names), server_(server) {
  auto in_schema = [&](const std::string& table) {
    return quoted_name(names.schema, table);
  };
  values_ = {
    {"schema", quoted_name(names.schema)},
    {"projection_schema", quoted_name(names.projection_schema)},
    {"events", in_schema(names.events)},
    {"snapshots", in_schema(names.snapshots)},
    {"outbox", in_schema(names.outbox)},
    {"commands", in_schema(names.commands)},
    {"migrations", in_schema(names.migrations)},
    {"byte_order", std::string(server.byte_order)},
    {"hash_of_aggregate", std::string(server.hash_of_aggregate)},
    {"transaction_type", std::string(server.transaction_type)},
    {"current_transaction", std::string(server.current_transaction)},
    {"next_transaction", std::string(server.next_transaction)},
    {"transaction_horizon", std::string(server.transaction_horizon)},
    {"log_snapshot", std::string(server.log_snapshot)},
    {"server_identity", std::string(server.server_identity)},
    {"session", std::string(server.session_name)},
  };
  values_["number_rows"] = fill(server.number_rows);
  for (const auto& file : embedded::sql_queries()) {
    std::string name{file.name};
    statements_.emplace(name, sql_statement{name, fill(file.text)});
  }
}

const sql_statement& sql_text::operator[](std::string_view name) const {
  auto found = statements_.find(name);
  if (found == statements_.end()) {
    std::fprintf(stderr, "eventsource: no statement is named %.*s\n",
                 static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return found->second;
}

std::string sql_text::fill(std::string_view text) const {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    result += text.substr(0, open);
    if (open == std::string_view::npos)
      break;
    text.remove_prefix(open);
    const auto close = text.find('}');
    const auto value = close == std::string_view::npos
                         ? values_.end()
                         : values_.find(text.substr(1, close - 1));
    if (value == values_.end()) {
      result += '{';
      text.remove_prefix(1);
      continue;
    }
    result += value->second;
    text.remove_prefix(close + 1);
  }
  return result;
}

} // namespace es::store::postgres

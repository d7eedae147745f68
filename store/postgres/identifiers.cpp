#include "eventsource/store/postgres/identifiers.hpp"

#include <set>
#include <utility>

namespace es::store::postgres {

result<void> check_names(const table_names& names) {
  const std::pair<const std::string*, const char*> all[] = {
    {&names.schema, "the schema's name"},
    {&names.projection_schema, "the projection schema's name"},
    {&names.events, "the events table's name"},
    {&names.snapshots, "the snapshots table's name"},
    {&names.outbox, "the outbox table's name"},
    {&names.commands, "the commands table's name"},
    {&names.migrations, "the migrations table's name"},
  };
  // Tables without a setting of their own.
  std::set<std::string_view> tables{"epochs", "leases", "subscriptions",
                                    "dead_letters", "outbox_purges"};
  for (const auto& [name, what] : all) {
    if (auto fine = check_identifier(*name, what); !fine)
      return fine;
    const bool is_table =
      name != &names.schema && name != &names.projection_schema;
    if (is_table && !tables.insert(*name).second)
      return fail(errc::invalid, std::string(what) + " \"" + *name
                                   + "\" is used for another table, too");
  }
  return {};
}

std::string quoted_name(std::string_view name) {
  std::string result = "\"";
  for (char c : name) {
    if (c == '"')
      result += '"';
    result += c;
  }
  return result + '"';
}

std::string quoted_name(std::string_view schema, std::string_view name) {
  return quoted_name(schema) + "." + quoted_name(name);
}

} // namespace es::store::postgres

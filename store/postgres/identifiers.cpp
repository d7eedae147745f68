#include "eventsource/store/postgres/identifiers.hpp"

#include "eventsource/domain/ascii.hpp"

#include <algorithm>
#include <set>

namespace es::store::postgres {

namespace {

constexpr std::size_t identifier_bytes_max = 63;

bool starts_identifier(char c) {
  return ascii::is_letter(c) || c == '_';
}

} // namespace

result<void> check_identifier(std::string_view name, std::string_view what) {
  auto wrong = [&](std::string_view why) {
    return fail(errc::invalid, std::string(what) + " \"" + std::string(name)
                                 + "\" " + std::string(why)
                                 + "; use letters, digits and underscores, at "
                                   "most 63, not beginning with a digit");
  };
  if (name.empty())
    return wrong("is empty");
  if (name.size() > identifier_bytes_max)
    return wrong("is longer than 63 bytes");
  if (!starts_identifier(name.front()))
    return wrong("begins with a character that is no letter");
  if (!std::all_of(name.begin(), name.end(), [](char c) {
        return starts_identifier(c) || ascii::is_digit(c);
      }))
    return wrong("has a character that no identifier has");
  return {};
}

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

result<void> check_table(const projection_table& table, row_guard guard) {
  if (auto fine = check_identifier(table.name, "the projection table's name");
      !fine)
    return fine;
  const auto where = " of the projection table \"" + table.name + "\"";
  std::set<std::string_view> seen;
  for (const auto& column : table.columns) {
    if (auto fine = check_identifier(column.name, "the column" + where); !fine)
      return fine;
    if (!seen.insert(column.name).second)
      return fail(errc::invalid, "the column \"" + column.name + "\"" + where
                                   + " is listed twice");
  }
  if (table.key.empty())
    return fail(errc::invalid, "the key" + where + " is empty");
  for (const auto& name : table.key)
    if (!seen.contains(name))
      return fail(errc::invalid, "the key column \"" + name + "\"" + where
                                   + " is not among its columns");
  auto version = std::find_if(
    table.columns.begin(), table.columns.end(),
    [&](const projection_column& x) { return x.name == table.version_column; });
  const bool unguarded =
    guard == row_guard::none_needed && table.version_column.empty();
  if (!unguarded
      && (version == table.columns.end()
          || version->type != column_type::bigint))
    return fail(errc::invalid, "the version column \"" + table.version_column
                                 + "\"" + where
                                 + " must be one of its bigint columns");
  const auto& registered = table.registered_at_column;
  if (registered.empty())
    return {};
  if (seen.contains(registered))
    return fail(errc::invalid, "the column \"" + registered + "\"" + where
                                 + " is filled by the store and must not be "
                                   "among its columns");
  return check_identifier(registered, "the column" + where);
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

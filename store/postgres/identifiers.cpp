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

/// Empty if nothing is.
std::string_view what_is_wrong(std::string_view name) {
  if (name.empty())
    return "is empty";
  if (name.size() > identifier_bytes_max)
    return "is longer than 63 bytes";
  if (!starts_identifier(name.front()))
    return "begins with a character that is no letter";
  if (!std::all_of(name.begin(), name.end(), [](char c) {
        return starts_identifier(c) || ascii::is_digit(c);
      }))
    return "has a character that no identifier has";
  return {};
}

} // namespace

result<void> check_identifier(std::string_view name, std::string_view what) {
  const auto why = what_is_wrong(name);
  if (why.empty())
    return {};
  return fail(errc::invalid, std::string(what) + " \"" + std::string(name)
                               + "\" " + std::string(why)
                               + "; use letters, digits and underscores, at "
                                 "most 63, not beginning with a digit");
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

// Runs for every batch: words are made only for what is wrong.
result<void> check_table(const projection_table& table, row_guard guard) {
  if (auto fine = check_identifier(table.name, "the projection table's name");
      !fine)
    return fine;
  const auto& columns = table.columns;
  const auto refuse = [&](std::string_view what, const std::string& name,
                          std::string_view why) {
    return fail(errc::invalid, "the " + std::string(what) + " \"" + name
                                 + "\" of the projection table \"" + table.name
                                 + "\" " + std::string(why));
  };
  const auto check_column_name = [&](const std::string& name) {
    return what_is_wrong(name).empty()
             ? result<void>{}
             : check_identifier(name, "the column of the projection table \""
                                        + table.name + "\"");
  };
  const auto find_column = [&](std::string_view name) {
    return std::find_if(columns.begin(), columns.end(),
                        [&](const auto& x) { return x.name == name; });
  };
  for (auto column = columns.begin(); column != columns.end(); ++column) {
    if (auto fine = check_column_name(column->name); !fine)
      return fine;
    if (find_column(column->name) != column)
      return refuse("column", column->name, "is listed twice");
  }
  if (table.key.empty())
    return fail(errc::invalid, "the key of the projection table \"" + table.name
                                 + "\" is empty");
  for (const auto& name : table.key)
    if (find_column(name) == columns.end())
      return refuse("key column", name, "is not among its columns");
  const auto version = find_column(table.version_column);
  const bool unguarded =
    guard == row_guard::none_needed && table.version_column.empty();
  if (!unguarded
      && (version == columns.end() || version->type != column_type::bigint))
    return refuse("version column", table.version_column,
                  "must be one of its bigint columns");
  const auto& registered = table.registered_at_column;
  if (registered.empty())
    return {};
  if (find_column(registered) != columns.end())
    return refuse("column", registered,
                  "is filled by the store and must not be among its columns");
  return check_column_name(registered);
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

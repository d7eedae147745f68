#include "eventsource/domain/table_check.hpp"

#include "eventsource/domain/ascii.hpp"

#include <algorithm>
#include <string>

namespace es {

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

// Runs for every batch: words are made only for what is wrong.
result<void> check_table(const projection_table& table, row_guard guard) {
  if (auto fine = check_identifier(table.name, "the projection table's name");
      !fine)
    return fine;
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
  if (table.columns.empty())
    return fail(errc::invalid,
                "the projection table \"" + table.name + "\" has no columns");
  for (const auto& column : table.columns) {
    if (auto fine = check_column_name(column.name); !fine)
      return fine;
    if (find_column(table, column.name) != &column)
      return refuse("column", column.name, "is listed twice");
  }
  if (table.key.empty())
    return fail(errc::invalid, "the key of the projection table \"" + table.name
                                 + "\" is empty");
  for (const auto& name : table.key)
    if (!find_column(table, name))
      return refuse("key column", name, "is not among its columns");
  const auto* version = find_column(table, table.version_column);
  const bool unguarded =
    guard == row_guard::none_needed && table.version_column.empty();
  if (!unguarded && (!version || version->type != column_type::bigint))
    return refuse("version column", table.version_column,
                  "must be one of its bigint columns");
  const auto& registered = table.registered_at_column;
  if (registered.empty())
    return {};
  if (find_column(table, registered))
    return refuse("column", registered,
                  "is filled by the store and must not be among its columns");
  return check_column_name(registered);
}

const projection_column* find_column(const projection_table& table,
                                     std::string_view name) {
  const auto found =
    std::find_if(table.columns.begin(), table.columns.end(),
                 [name](const auto& column) { return column.name == name; });
  return found == table.columns.end() ? nullptr : &*found;
}

bool is_key(const projection_table& table, std::string_view name) {
  return std::find(table.key.begin(), table.key.end(), name) != table.key.end();
}

std::vector<std::size_t> key_places(const projection_table& table) {
  std::vector<std::size_t> places;
  places.reserve(table.key.size());
  for (const auto& name : table.key)
    places.push_back(static_cast<std::size_t>(find_column(table, name)
                                              - table.columns.data()));
  return places;
}

} // namespace es

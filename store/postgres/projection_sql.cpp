#include "eventsource/store/postgres/projection_sql.hpp"

#include "eventsource/domain/table_check.hpp"
#include "eventsource/store/postgres/identifiers.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <functional>
#include <span>

namespace es::store::postgres {

namespace {

std::string_view sql_type(column_type type) {
  switch (type) {
    case column_type::text:
      return "TEXT";
    case column_type::bigint:
      return "BIGINT";
    case column_type::boolean:
      return "BOOLEAN";
    case column_type::double_precision:
      return "DOUBLE PRECISION";
    case column_type::timestamptz:
      return "TIMESTAMPTZ";
    case column_type::jsonb:
      return "JSONB";
  }
  return "TEXT";
}

std::string parameter(std::size_t place, std::string_view type) {
  return "CAST($" + std::to_string(place) + " AS " + std::string(type) + ")";
}

template <class Range, class Part>
std::string joined(const Range& range, std::string_view separator,
                   Part&& part) {
  std::string result;
  for (const auto& element : range) {
    if (!result.empty())
      result += separator;
    result += part(element);
  }
  return result;
}

/// Servers keep only 63 bytes of a prepared statement's name, so a long table's
/// name is cut; the text's hash tells statements apart.
sql_statement named(std::string_view kind, const projection_table& table,
                    std::string text) {
  constexpr std::size_t table_name_bytes_max = 30;
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits,
                                 std::hash<std::string>{}(text), 16)
                     .ptr;
  return {std::string(kind) + "_" + table.name.substr(0, table_name_bytes_max)
            + "_" + std::string(digits, end),
          std::move(text)};
}

/// Rows from one text or typed array a column. JSON travels as text, because
/// not every server has arrays of jsonb. `unnest` of all in FROM would keep
/// each column in a store of its own first.
std::string unnested(std::span<const projection_column> columns) {
  std::size_t place = 0;
  const auto arrays =
    joined(columns, ", ", [&](const projection_column& column) {
      const auto type =
        column.type == column_type::jsonb ? column_type::text : column.type;
      return "unnest(" + parameter(++place, std::string(sql_type(type)) + "[]")
             + ") AS " + quoted_name(column.name);
    });
  return "(SELECT " + arrays + ") AS n";
}

std::vector<projection_column> key_columns(const projection_table& table) {
  std::vector<projection_column> columns;
  for (const auto place : key_places(table))
    columns.push_back(table.columns[place]);
  return columns;
}

/// A column's value of the row `n`, which is from `unnested`.
std::string unnested_value(const projection_column& column) {
  const auto value = "n." + quoted_name(column.name);
  return column.type == column_type::jsonb ? "CAST(" + value + " AS JSONB)"
                                           : value;
}

/// Whether the row `t` has the key of the row `n`.
std::string has_key(std::span<const projection_column> key) {
  return joined(key, " AND ", [](const auto& column) {
    return "t." + quoted_name(column.name) + " = " + unnested_value(column);
  });
}

} // namespace

std::string full_name(const projection_table& table, const table_names& names,
                      std::string_view suffix) {
  return quoted_name(names.projection_schema, table.name + std::string(suffix));
}

namespace {

/// INSERT of what `source` has; `value_of` gives the text of a column's value.
template <class ValueOf>
std::string insert_text(const projection_table& table, const table_names& names,
                        ValueOf&& value_of, const std::string& source) {
  auto columns = joined(table.columns, ", ", [](const auto& column) {
    return quoted_name(column.name);
  });
  auto values = joined(table.columns, ", ", value_of);
  if (!table.registered_at_column.empty()) {
    columns += ", " + quoted_name(table.registered_at_column);
    values += ", now()";
  }
  return "INSERT INTO " + full_name(table, names) + " AS t (" + columns
         + ")\nSELECT " + values + "\nFROM " + source;
}

/// The same from one array a column.
std::string insert_text(const projection_table& table,
                        const table_names& names) {
  return insert_text(table, names, unnested_value, unnested(table.columns));
}

/// What becomes of a row that is there; `assign` gives what a column becomes.
template <class Assign>
std::string on_conflict(const projection_table& table, Assign&& assign) {
  std::string assignments;
  auto add = [&](const std::string& name, const std::string& value) {
    if (!assignments.empty())
      assignments += ", ";
    assignments += quoted_name(name) + " = " + value;
  };
  for (const auto& column : table.columns)
    if (!is_key(table, column.name))
      add(column.name, assign(column));
  if (!table.registered_at_column.empty())
    add(table.registered_at_column, "now()");
  auto key = joined(table.key, ", ",
                    [](const std::string& name) { return quoted_name(name); });
  return "\nON CONFLICT (" + key + ") DO "
         + (assignments.empty() ? "NOTHING" : "UPDATE SET " + assignments);
}

std::string replacing(const projection_column& column) {
  return "EXCLUDED." + quoted_name(column.name);
}

std::string replace_older(const projection_table& table) {
  const auto version = quoted_name(table.version_column);
  return on_conflict(table, replacing) + "\nWHERE t." + version
         + " IS NULL OR t." + version + " < EXCLUDED." + version;
}

} // namespace

sql_statement upsert_rows(const projection_table& table,
                          const table_names& names) {
  return named("upsert_rows", table,
               "-- upsert_rows: projection " + table.name + "\n"
                 + insert_text(table, names) + replace_older(table));
}

sql_statement append_with_row(const sql_statement& append,
                              const projection_table& table,
                              const table_names& names,
                              std::size_t first_parameter) {
  auto place = first_parameter;
  const auto value_of = [&](const projection_column& column) {
    return parameter(place++, sql_type(column.type));
  };
  auto text = append.text;
  text.insert(text.rfind("\nSELECT "),
              ",\nprojected AS (\n"
                + insert_text(table, names, value_of, "stored")
                + replace_older(table) + "\nRETURNING 1\n)");
  return named(append.name, table, std::move(text));
}

sql_statement delete_rows(const projection_table& table,
                          const table_names& names) {
  auto columns = key_columns(table);
  const auto matches = has_key(columns);
  // No column can have this name: it is no identifier of ours.
  columns.push_back({"deleted at", column_type::bigint});
  const auto version = quoted_name(table.version_column);
  return named("delete_rows", table,
               "-- delete_rows: projection " + table.name + "\nDELETE FROM "
                 + full_name(table, names) + " AS t\nUSING " + unnested(columns)
                 + "\nWHERE " + matches + " AND (t." + version
                 + " IS NULL OR t." + version + " < n.\"deleted at\")");
}

sql_statement insert_rows(const projection_table& table,
                          const table_names& names) {
  return named("insert_rows", table,
               "-- insert_rows: projection " + table.name + "\n"
                 + insert_text(table, names));
}

sql_statement copy_rows(const projection_table& table,
                        const table_names& names) {
  return named(
    "copy_rows", table,
    "-- copy_rows: projection " + table.name + "\nCOPY "
      + full_name(table, names) + " ("
      + joined(table.columns, ", ",
               [](const auto& column) { return quoted_name(column.name); })
      + ") FROM STDIN");
}

sql_statement replace_rows(const projection_table& table,
                           const table_names& names) {
  return named("replace_rows", table,
               "-- replace_rows: projection " + table.name + "\n"
                 + insert_text(table, names) + on_conflict(table, replacing));
}

sql_statement increment_rows(const projection_table& table,
                             const table_names& names) {
  const auto adding = [](const projection_column& column) {
    const auto name = quoted_name(column.name);
    if (column.type != column_type::bigint
        && column.type != column_type::double_precision)
      return replacing(column);
    return "COALESCE(t." + name + " + EXCLUDED." + name + ", EXCLUDED." + name
           + ", t." + name + ")";
  };
  return named("increment_rows", table,
               "-- increment_rows: projection " + table.name + "\n"
                 + insert_text(table, names) + on_conflict(table, adding));
}

sql_statement remove_rows(const projection_table& table,
                          const table_names& names) {
  const auto key = key_columns(table);
  return named("remove_rows", table,
               "-- remove_rows: projection " + table.name + "\nDELETE FROM "
                 + full_name(table, names) + " AS t\nUSING " + unnested(key)
                 + "\nWHERE " + has_key(key));
}

namespace {

/// All columns, as `to_cell` reads them.
std::string selected_cells(const projection_table& table) {
  return joined(table.columns, ", ", [](const auto& column) {
    return "t." + quoted_name(column.name);
  });
}

/// The key's columns, texts by their bytes.
std::string ordered_key(const projection_table& table, const dialect& server) {
  return joined(key_columns(table), ", ", [&](const auto& column) {
    auto result = "t." + quoted_name(column.name);
    if (column.type == column_type::text)
      result += server.byte_order;
    return result;
  });
}

} // namespace

sql_statement scan_rows(const projection_table& table, const table_names& names,
                        const dialect& server, bool from_key) {
  const auto key = ordered_key(table, server);
  std::string where;
  std::size_t place = 0;
  if (from_key) {
    auto after = joined(key_columns(table), ", ", [&](const auto& column) {
      return parameter(++place, sql_type(column.type));
    });
    where = "\nWHERE (" + key + ") > (" + after + ")";
  }
  return named("scan_rows", table,
               "-- scan_rows: projection " + table.name + "\nSELECT "
                 + selected_cells(table) + "\nFROM " + full_name(table, names)
                 + " AS t" + where + "\nORDER BY " + key + "\nLIMIT "
                 + parameter(++place, "BIGINT"));
}

sql_statement search_rows(const projection_table& table,
                          const table_names& names, const dialect& server,
                          std::string_view column) {
  const auto text = "CAST(t." + quoted_name(column) + " AS TEXT)";
  return named("search_rows", table,
               "-- search_rows: projection " + table.name + "\nSELECT "
                 + selected_cells(table) + "\nFROM " + full_name(table, names)
                 + " AS t\nWHERE to_tsvector('simple', " + text
                 + ") @@ to_tsquery('simple', CAST($1 AS TEXT))\nORDER BY "
                   "length("
                 + text + "), " + ordered_key(table, server) + "\nLIMIT "
                 + parameter(2, "BIGINT"));
}

cell to_cell(column_type type, std::string_view text) {
  switch (type) {
    case column_type::boolean:
      return cell(text == "t" || text == "true");
    case column_type::double_precision: {
      double value = 0;
      const auto read =
        std::from_chars(text.data(), text.data() + text.size(), value);
      // "Infinity" and "NaN" stay as the server writes them.
      return read.ptr == text.data() + text.size() ? cell(value) : cell(text);
    }
    case column_type::timestamptz: {
      const auto value = parse_timestamp(text);
      // As "Infinity".
      return value ? cell(*value) : cell(text);
    }
    case column_type::jsonb: {
      auto value = nlohmann::json::parse(text, nullptr, false);
      return value.is_discarded() ? cell(text) : cell(value);
    }
    case column_type::text:
    case column_type::bigint:
      break;
  }
  return cell(text);
}

} // namespace es::store::postgres

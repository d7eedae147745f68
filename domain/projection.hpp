#pragma once

#include "eventsource/domain/event.hpp"

#include <nlohmann/json_fwd.hpp>

#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace es {

/// The types that a projection's column can have.
enum class column_type {
  text,
  bigint,
  boolean,
  double_precision,
  timestamptz,
  jsonb
};

struct projection_column {
  std::string name;
  column_type type = column_type::text;

  friend bool operator==(const projection_column&,
                         const projection_column&) = default;
};

/// Describes the table that an aggregate type's inline projection writes. Names
/// are plain identifiers (letters, digits, underscore); the schema is a setting
/// of the store.
struct projection_table {
  std::string name;
  /// In the order in which `project` lists its cells.
  std::vector<projection_column> columns;
  /// Names of the columns that identify a row; must have a unique index.
  std::vector<std::string> key;
  /// The bigint column that guards a row: a row of a lower version never
  /// replaces one of a higher version.
  std::string version_column = "version";
  /// If set, a timestamptz column outside of `columns` that the store fills
  /// with its own clock whenever it writes the row.
  std::string registered_at_column{};

  friend bool operator==(const projection_table&,
                         const projection_table&) = default;
};

/// One value of a row; empty is NULL. Compares by its text, whatever it was
/// made from; NULL is a value of its own and comes first.
class cell {
public:
  /// Numbers and moments become text only where text is asked for.
  using content = std::variant<std::monostate, std::string, bool, std::int64_t,
                               double, timestamp>;

  cell() = default;
  cell(std::nullptr_t) {
    // nop
  }
  cell(std::string value) : content_(std::move(value)) {
    // nop
  }
  cell(std::string_view value) : content_(std::string(value)) {
    // nop
  }
  cell(const char* value) : content_(std::string(value)) {
    // nop
  }
  template <class T>
  requires std::same_as<T, bool> cell(T value) : content_(value) {
    // nop
  }
  template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>) cell(T value) {
    if (std::in_range<std::int64_t>(value))
      content_ = static_cast<std::int64_t>(value);
    else
      content_ = std::to_string(value);
  }
  cell(double value) : content_(value) {
    // nop
  }
  cell(timestamp value) : content_(value) {
    // nop
  }
  cell(const nlohmann::json& value);
  template <class T>
  cell(const std::optional<T>& value)
    : cell(value ? cell(*value) : cell(nullptr)) {
    // nop
  }

  [[nodiscard]] const content& value() const noexcept {
    return content_;
  }
  [[nodiscard]] bool is_null() const noexcept {
    return content_.index() == 0;
  }
  /// The text of a cell that was made from one, else null.
  [[nodiscard]] const std::string* string_if() const noexcept {
    return std::get_if<std::string>(&content_);
  }
  /// The form that both stores read: "true", 0.1 as "0.1", times as
  /// `to_string` writes them. Nothing for NULL.
  [[nodiscard]] std::optional<std::string> text() const;
  /// The same of a cell that is not NULL, without a copy of what is text
  /// already; else it is put into `made`, and both must outlive the view.
  [[nodiscard]] std::string_view text(std::string& made) const;

  friend std::weak_ordering operator<=>(const cell& a, const cell& b);
  friend bool operator==(const cell& a, const cell& b) {
    return (a <=> b) == 0;
  }

private:
  content content_;
};

using row = std::vector<cell>;

/// What `project` answers: write this row, remove the row with this key, or
/// leave the table as it is.
struct row_change {
  enum class kind { none, upsert, remove };
  kind what = kind::none;
  /// All columns for `upsert`, the key's columns for `remove`.
  row cells{};
};

/// The row is inserted or replaced.
[[nodiscard]] inline row_change upsert(row cells) {
  return {row_change::kind::upsert, std::move(cells)};
}

/// The same from its cells, none of which is copied once more, as those of a
/// list in braces are.
template <std::convertible_to<cell>... Cells>
requires(sizeof...(Cells) > 1) [[nodiscard]] row_change
  upsert(Cells&&... cells) {
  row all;
  all.reserve(sizeof...(Cells));
  (all.emplace_back(std::forward<Cells>(cells)), ...);
  return upsert(std::move(all));
}

/// The row with this key is deleted.
[[nodiscard]] inline row_change remove(row key) {
  return {row_change::kind::remove, std::move(key)};
}

/// A row change on its way to the store. `table` outlives it: it belongs to the
/// aggregate type.
struct projection_change {
  const projection_table* table = nullptr;
  version_t version = 0;
  row_change change;
};

/// A statement of the user's own that runs in the transaction of the events it
/// belongs to. `sql` uses $1, $2, ... for `parameters`; the store does not look
/// inside. Fails alone: a refused statement fails its own command.
struct statement {
  std::string sql;
  std::vector<std::optional<std::string>> parameters{};
};

} // namespace es

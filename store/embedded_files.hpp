#pragma once

#include <span>
#include <string_view>

/// Files that the build puts into the library (cmake/embed.cmake).
namespace es::embedded {

struct file {
  /// The path under its base folder, without extension.
  std::string_view name;
  std::string_view text;
};

/// sql/migrations, in the order of their names.
[[nodiscard]] std::span<const file> sql_migrations();

/// sql/queries, in the order of their names.
[[nodiscard]] std::span<const file> sql_queries();

} // namespace es::embedded

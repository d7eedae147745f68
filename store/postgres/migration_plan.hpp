#pragma once

#include "eventsource/store/postgres/migrator.hpp"

#include <span>
#include <string>
#include <vector>

namespace es::store::postgres {

/// A row of the migrations table.
struct applied_migration {
  std::string component;
  int number = 0;
  std::string name;
  std::string checksum;
  timestamp applied_at;
};

/// Each component counts from 1 without gap; names are its own.
[[nodiscard]] result<void> check_numbers(std::span<const migration> known);

/// Known migrations in their order, then what the database has beyond them.
/// Components that this program does not know belong to others and are left
/// out.
[[nodiscard]] std::vector<migration_status>
compare(std::span<const migration> known,
        std::span<const applied_migration> applied);

/// The first that has to be applied, or null.
[[nodiscard]] const migration*
first_pending(std::span<const migration> known,
              std::span<const migration_status> states);

/// `errc::schema_mismatch` if a migration is changed or unknown.
[[nodiscard]] result<void>
refuse_foreign(std::span<const migration_status> states);

/// `errc::schema_mismatch` if one is pending.
[[nodiscard]] result<void>
refuse_pending(std::span<const migration_status> states);

} // namespace es::store::postgres

#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/timestamp.hpp"
#include "eventsource/store/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// The component of the library's own migrations.
inline constexpr std::string_view library_component = "eventsource";

/// One numbered change of the database, never edited after its release. The
/// text may hold several statements and the placeholders {schema},
/// {projection_schema}, {events}, {snapshots}, {outbox}, {commands} and
/// {migrations}; it runs in one transaction.
struct migration {
  std::string component;
  /// From 1, without gap within its component.
  int number = 0;
  std::string name;
  std::string text;
};

/// Where one migration stands in the database.
struct migration_status {
  enum class state {
    applied,
    pending,
    /// Applied with another text than this program has.
    changed,
    /// Applied by a newer program: this one has no such migration.
    unknown,
  };

  std::string component;
  int number = 0;
  std::string name;
  state what = state::pending;
  std::optional<timestamp> applied_at{};
};

/// "applied", "pending", ...
[[nodiscard]] std::string_view to_string(migration_status::state what) noexcept;

/// The library's migrations, in order.
[[nodiscard]] std::vector<migration> library_migrations();

/// Brings a database to the form that this library needs. Blocks; uses one
/// connection of its own for each call; may run on many nodes at once, because
/// each migration is applied under a lock of the database.
class migrator {
public:
  /// `extra` are the user's own, applied after the library's. Fails with
  /// `errc::invalid` on wrong settings, gaps or repeated numbers.
  [[nodiscard]] static result<migrator> open(postgres_settings settings,
                                             std::vector<migration> extra = {});

  /// All known migrations and those that the database has beyond them, in the
  /// order of component and number. Changes nothing.
  [[nodiscard]] result<std::vector<migration_status>> status() const;

  /// Applies what is pending, each in a transaction of its own, and returns
  /// what this call applied. Begins a new epoch of events if the database was
  /// moved. Fails with `errc::schema_mismatch`, before it
  /// changes anything, if the database is newer or a checksum differs.
  [[nodiscard]] result<std::vector<migration_status>> apply() const;

  /// `errc::schema_mismatch` unless everything is applied and unchanged, and
  /// events that are written now sort after all others: in a database that was
  /// moved to another server `apply` has to be called first.
  [[nodiscard]] result<void> check() const;

private:
  migrator(postgres_settings settings, std::vector<migration> known);

  [[nodiscard]] result<void> check_epoch() const;

  postgres_settings settings_;
  std::vector<migration> known_;
};

} // namespace es::store

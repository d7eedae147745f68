#pragma once

#include "eventsource/actors/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The one table of all keys. Reading, overriding, checking and listing are all
/// driven by it; a test compares it with the struct, the default file and the
/// documentation.
namespace es::actors {

/// Where a key's value lies in a settings struct.
using setting_place =
  std::variant<std::string*, bool*, int*, std::size_t*,
               std::chrono::milliseconds*, std::chrono::microseconds*>;

/// What a value means, beyond the type of its place.
enum class setting_kind {
  text,
  /// A plain SQL identifier.
  identifier,
  log_level,
  boolean,
  count,
  /// Bytes; "4MiB" or a number.
  size,
  /// "250ms"; the range is in microseconds.
  duration,
};

struct setting_key {
  std::string_view name;
  setting_kind kind;
  setting_place (*place)(settings&);
  std::int64_t min = 0;
  std::int64_t max = 0;
  /// What 0 means if it stands for something of its own, outside of the range.
  std::string_view zero{};
};

/// All keys, in the order of the file.
[[nodiscard]] std::span<const setting_key> setting_keys();

[[nodiscard]] const setting_key* find_setting_key(std::string_view name);

/// Whether keys of this section ("store", "store.tables") exist.
[[nodiscard]] bool is_setting_section(std::string_view name);

/// The key that was probably meant, as "; did you mean ...?", or nothing.
[[nodiscard]] std::string setting_suggestion(std::string_view unknown);

/// The allowed values for people: "1 to 64", "0s (never) or 100ms to 24h".
[[nodiscard]] std::string setting_range(const setting_key& key);

/// What is wrong with the present value; nothing if it is allowed.
[[nodiscard]] std::optional<std::string> setting_problem(const setting_key& key,
                                                         const settings& from);

/// A value as it was written, before it is known what it should be.
using raw_setting = std::variant<std::string, std::int64_t, bool>;

/// Puts a value in its place; what is wrong with it otherwise.
[[nodiscard]] std::optional<std::string>
assign_setting(const setting_key& key, settings& target,
               const raw_setting& value);

/// Remembers that the present value was read at `place` ("shop.toml:7").
void note_origin(const setting_key& key, settings& target, std::string place);

/// Where the present value comes from, as the end of a sentence: "from
/// shop.toml:7", "the default" or "set by the program".
[[nodiscard]] std::string describe_origin(const setting_key& key,
                                          const settings& from);

/// The place where the present value was read; nothing if it was not.
[[nodiscard]] std::optional<std::string> place_of(const setting_key& key,
                                                  const settings& from);

/// The present value as TOML writes it.
[[nodiscard]] std::string format_setting(const setting_key& key,
                                         const settings& from);

} // namespace es::actors

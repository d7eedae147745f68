#pragma once

#include "eventsource/domain/error.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace es {

/// A K-sortable unique id: 4 bytes of seconds since 2014-05-13T16:53:20Z and 16
/// bytes of randomness, written as 27 base-62 characters. Byte-compatible with
/// the reference implementation (segmentio/ksuid). Ids order nothing but
/// themselves: events are ordered by version and position, never by id.
class ksuid {
public:
  static constexpr std::size_t byte_count = 20;
  static constexpr std::size_t char_count = 27;
  /// Unix time of the KSUID epoch.
  static constexpr std::int64_t epoch_seconds = 1'400'000'000;

  using bytes = std::array<std::uint8_t, byte_count>;
  using payload = std::array<std::uint8_t, 16>;

  /// The nil id, 27 zeros.
  ksuid() = default;
  explicit ksuid(const bytes& raw) : bytes_(raw) {
    // nop
  }
  ksuid(std::uint32_t seconds_since_epoch, const payload& rest);

  /// Reads 27 base-62 characters; refuses other lengths, other characters and
  /// values beyond 160 bits with `errc::invalid`.
  [[nodiscard]] static result<ksuid> parse(std::string_view text);

  /// Always 27 characters, without prefix.
  [[nodiscard]] std::string str() const;
  /// The same at the end of `text`.
  void append_to(std::string& text) const;
  /// When the id was made, with its 1 s resolution.
  [[nodiscard]] std::chrono::sys_seconds time() const;
  [[nodiscard]] const bytes& raw() const noexcept {
    return bytes_;
  }

  friend auto operator<=>(const ksuid&, const ksuid&) = default;

private:
  bytes bytes_{};
};

/// Makes ids that strictly increase within one generator, also inside one
/// second and when the clock steps back. Thread-safe. The clock and the source
/// of randomness are passed in so that tests and simulations can replay.
class ksuid_generator {
public:
  using clock = std::function<std::chrono::sys_seconds()>;
  using entropy = std::function<void(ksuid::payload&)>;

  /// All ids are larger than `after`, such as the last id of an earlier run.
  ksuid_generator(clock now, entropy fill, ksuid after = {});

  [[nodiscard]] ksuid next();
  /// `prefix` and the 27 characters in one string, e.g. "evt_2QJ...".
  [[nodiscard]] std::string next(std::string_view prefix);

  /// A generator on the system clock and the operating system's randomness.
  [[nodiscard]] static ksuid_generator system();

  /// Not thread-safe: move a generator before it is shared.
  ksuid_generator(ksuid_generator&&) noexcept;

private:
  /// To the next id; `mutex_` is held.
  void advance();

  clock now_;
  entropy fill_;
  std::mutex mutex_;
  ksuid last_;
  /// Of `last_`: most ids follow it by one, which is cheaper counted in text.
  std::string last_text_;
};

/// Checks that `id` is `prefix` followed by a KSUID. The error names the id,
/// the expected prefix and what is wrong.
[[nodiscard]] result<ksuid> parse_id(std::string_view prefix,
                                     std::string_view id);

inline constexpr std::string_view event_id_prefix = "evt_";
inline constexpr std::string_view snapshot_id_prefix = "snp_";
inline constexpr std::string_view command_id_prefix = "cmd_";

} // namespace es

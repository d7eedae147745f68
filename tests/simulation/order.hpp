#pragma once

#include "eventsource/domain/command.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace es::simulation {

/// Virtual time since the start of the world.
using moment = std::chrono::nanoseconds;

/// A command that some caller wants executed, however often it sends it.
struct order {
  enum class kind { open, put, take, touch };

  std::int64_t tag = 0;
  std::size_t ledger = 0;
  std::size_t caller = 0;
  kind what = kind::touch;
  std::int64_t amount = 0;
  std::int64_t times = 1;
  bool is_poisoned = false;
  std::optional<std::string> command_id{};

  [[nodiscard]] any_command to_command() const;
  /// How many events it makes when it is accepted.
  [[nodiscard]] std::int64_t event_count() const noexcept;
};

/// "#12 take 5", for the trace and for findings.
[[nodiscard]] std::string to_string(const order& x);

/// One time that an order was sent.
struct attempt {
  std::size_t order = 0;
  std::size_t node = 0;
  std::optional<version_t> expected{};
  moment sent_at{};
  /// When it must have been answered.
  moment deadline{};
};

} // namespace es::simulation

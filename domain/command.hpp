#pragma once

#include "eventsource/domain/event.hpp"
#include "eventsource/domain/metadata.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es {

/// What a caller may say about a command beside its content.
struct command_options {
  es::metadata metadata{};
  /// The version the aggregate must have, 0 for "must not exist yet". Without
  /// it the command is decided on whatever the state is.
  std::optional<version_t> expected_version{};
  /// Makes the command idempotent: it is executed once per aggregate, a repeat
  /// gets the first one's receipt. Any text up to 200 bytes.
  std::optional<std::string> command_id{};
  /// How long the caller waits, a year at most; absent: the runtime's default.
  std::optional<std::chrono::milliseconds> timeout{};
};

/// What an accepted command is answered with, after its events are durable.
struct receipt {
  std::string aggregate_id;
  /// The aggregate's version after this command.
  version_t version = 0;
  /// In version order; empty if the command changed nothing.
  std::vector<std::string> event_ids;

  friend bool operator==(const receipt&, const receipt&) = default;
};

/// What `decide` may know about a command beside its content. Views are valid
/// during the call only.
struct command_context {
  std::string_view aggregate_id;
  /// The version the command is decided on.
  version_t version;
  timestamp now;
  const es::metadata& metadata;
};

/// A command of any aggregate type: the typed object as the caller made it, or
/// its name and JSON as they came from the wire or a terminal. Copying shares
/// the object.
class any_command {
public:
  any_command() = default;

  template <class Command>
  [[nodiscard]] static any_command of(Command value) {
    any_command result;
    result.type_ = Command::command_type;
    result.tag_ = tag<Command>();
    result.encode_ = [](const void* x) -> nlohmann::json {
      if constexpr (std::is_empty_v<Command>)
        return nlohmann::json::object();
      else
        return *static_cast<const Command*>(x);
    };
    result.value_ = std::make_shared<const Command>(std::move(value));
    return result;
  }

  [[nodiscard]] static any_command from_json(std::string type,
                                             nlohmann::json value) {
    any_command result;
    result.type_ = std::move(type);
    result.tag_ = tag<nlohmann::json>();
    result.encode_ = [](const void* x) {
      return *static_cast<const nlohmann::json*>(x);
    };
    result.value_ = std::make_shared<const nlohmann::json>(std::move(value));
    return result;
  }

  [[nodiscard]] const std::string& type() const noexcept {
    return type_;
  }

  /// The typed object, or null if this command came as JSON or has another
  /// type.
  template <class Command>
  [[nodiscard]] const Command* get_if() const noexcept {
    return tag_ == tag<Command>() ? static_cast<const Command*>(value_.get())
                                  : nullptr;
  }

  /// The content as it came, or null if this command is a typed object.
  [[nodiscard]] const nlohmann::json* json_if() const noexcept {
    return get_if<nlohmann::json>();
  }

  /// The content as JSON; copies or encodes it on each call.
  [[nodiscard]] nlohmann::json to_json() const {
    return value_ ? encode_(value_.get()) : nlohmann::json::object();
  }

private:
  template <class Command>
  static const void* tag() noexcept {
    static const char address = 0;
    return &address;
  }

  std::string type_;
  std::shared_ptr<const void> value_;
  const void* tag_ = nullptr;
  nlohmann::json (*encode_)(const void*) = nullptr;
};

} // namespace es

#pragma once

#include "eventsource/domain/error.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace es {

/// What is known about a command or an event beside its content: a free JSON
/// object in which some fields have fixed names and meanings.
class metadata {
public:
  metadata() = default;

  /// Fails with `errc::invalid` unless `text` is a JSON object.
  [[nodiscard]] static result<metadata> parse(std::string_view text);
  /// Fails with `errc::invalid` unless `value` is a JSON object of at most
  /// `json_depth_max` levels.
  [[nodiscard]] static result<metadata> from_json(nlohmann::json value);

  // -- named fields -----------------------------------------------------------

  /// The conversation that this message belongs to.
  [[nodiscard]] std::optional<std::string> correlation_id() const;
  metadata& correlation_id(std::string value);
  /// The id of the message that caused this one.
  [[nodiscard]] std::optional<std::string> causation_id() const;
  metadata& causation_id(std::string value);
  /// The command that an event came from.
  [[nodiscard]] std::optional<std::string> command_id() const;
  metadata& command_id(std::string value);
  /// The W3C trace context of the caller.
  [[nodiscard]] std::optional<std::string> traceparent() const;
  metadata& traceparent(std::string value);
  /// Who acted: a user or a service, in the program's own notation.
  [[nodiscard]] std::optional<std::string> actor() const;
  metadata& actor(std::string value);

  /// Fails with `errc::invalid` if a named field is there and no text, which a
  /// caller would take for set while every reader takes it for absent. Null
  /// stands for absent. Asked of commands only: what others have stored is read
  /// as it is.
  [[nodiscard]] result<void> check() const;

  // -- free fields ------------------------------------------------------------

  /// Always an object.
  [[nodiscard]] const nlohmann::json& json() const noexcept;
  metadata& set(std::string_view name, nlohmann::json value);
  [[nodiscard]] bool empty() const noexcept {
    return fields_.empty();
  }

  friend bool operator==(const metadata&, const metadata&) = default;

private:
  // Null stands for the empty object: most commands have no metadata, and an
  // object of nlohmann's costs an allocation even if it is empty.
  nlohmann::json fields_;
};

/// The metadata that a command's events carry: everything the command brought,
/// its `command_id`, and, where the command named neither, a correlation and a
/// causation that point at the command itself.
[[nodiscard]] metadata
event_metadata(const metadata& command,
               const std::optional<std::string>& command_id);

/// The metadata of a command that follows from an event: caused by it, in the
/// same conversation, or, where it names none, in one that begins with it, and
/// in the same trace. `event_metadata` is the event's as stored; one that does
/// not read counts as empty.
[[nodiscard]] metadata follow_up_metadata(const std::string& event_id,
                                          std::string_view event_metadata);

} // namespace es

#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is kept of a process beside its user's own state and events.
namespace es {

/// Where an event stands in the order of all events: see store/event_log.hpp.
struct event_place {
  std::int64_t epoch = 0;
  std::uint64_t transaction = 0;
  std::int64_t number = 0;

  friend auto operator<=>(const event_place&, const event_place&) = default;
};

/// A command of a process, and the id that makes it be executed once.
struct process_command {
  /// Follows from the process and what it reacted to.
  std::string command_id;
  std::string aggregate_type;
  std::string aggregate_id;
  std::string command_type;
  nlohmann::json content;
};

/// A command by its place in the process's stream: the event that holds it, and
/// its number there, from 0.
struct command_place {
  version_t version = 0;
  std::uint64_t index = 0;

  friend auto operator<=>(const command_place&, const command_place&) = default;
};

/// Why an aggregate did not take a command.
struct command_refusal {
  command_place place;
  process_command command;
  std::string code;
  std::string message;
};

/// The event that a process's stream has for each input: what came in, and what
/// has to go out because of it. The user's own events follow it.
struct process_reacted {
  static constexpr std::string_view event_type = "process_reacted";

  /// "event", "timer", "refusal".
  std::string input;
  /// The event's id, or what else the commands' ids follow from.
  std::string input_id;
  /// Of an event: its type, and where it came from.
  std::string event_type_seen{};
  std::string source_id{};
  version_t source_version = 0;
  std::uint32_t partition = 0;
  std::optional<event_place> place{};
  /// Of a timer: its name.
  std::string timer{};
  /// Of a refusal.
  std::optional<command_refusal> refusal{};
  /// Why there is no reaction: the input was given up.
  std::string failure{};

  bool started = false;
  bool ended = false;
  std::vector<process_command> commands{};
  /// When the timers that it set are due.
  std::map<std::string, timestamp> timers{};
  std::vector<std::string> cancelled{};
};

void to_json(nlohmann::json& json, const event_place& x);
void from_json(const nlohmann::json& json, event_place& x);
void to_json(nlohmann::json& json, const process_command& x);
void from_json(const nlohmann::json& json, process_command& x);
void to_json(nlohmann::json& json, const command_refusal& x);
void from_json(const nlohmann::json& json, command_refusal& x);
void to_json(nlohmann::json& json, const process_reacted& x);
void from_json(const nlohmann::json& json, process_reacted& x);

/// What is known of an instance beside its user's state: the fold of
/// `process_reacted`.
struct process_progress {
  struct pending_timer {
    timestamp due_at;
    /// The version of the event that set it.
    version_t set_at = 0;
  };

  bool running = false;
  /// The last event handled, for each partition that events come from.
  std::map<std::uint32_t, event_place> handled{};
  std::map<std::string, pending_timer> timers{};
  /// Everything up to here was sent; that a command was refused is known.
  command_place refused{};

  void apply(const process_reacted& event, version_t version);

  /// The timer that is due first; null without any.
  [[nodiscard]] const std::pair<const std::string, pending_timer>*
  first_timer() const;
};

void to_json(nlohmann::json& json, const process_progress& x);
void from_json(const nlohmann::json& json, process_progress& x);

} // namespace es

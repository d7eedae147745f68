#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/process.hpp"
#include "eventsource/domain/process_record.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es {

/// What an instance of a process is told: the one command that processes have.
struct process_input {
  static constexpr std::string_view command_type = "react";

  enum class kind { event, timers, refusal };
  kind what = kind::event;

  /// An event, and where it was read.
  correlation::kind how = correlation::kind::ignore;
  std::uint32_t partition = 0;
  event_place place{};
  recorded_event event{};

  std::optional<command_refusal> refusal{};

  /// Not empty: nobody reacts, because it failed too often; the reason.
  std::string given_up{};
};

void to_json(nlohmann::json& json, const process_input& x);
void from_json(const nlohmann::json& json, process_input& x);

/// One process manager with its C++ types erased. To the rest of the runtime an
/// instance is an aggregate: `process_input` is its command, and its stream has
/// a `process_reacted` for each input, followed by the events of the user's.
/// Made once per process by `process_of<P>()`; immutable, pure, thread-safe,
/// and nothing throws, as in `aggregate_type`.
class process_type : public aggregate_type {
public:
  /// The types of the events that it reacts to, under the names they are stored
  /// with; empty if old names are read as well.
  [[nodiscard]] const std::vector<std::string>& source_types() const noexcept {
    return source_types_;
  }
  /// Whether it can set timers.
  [[nodiscard]] bool has_timers() const noexcept {
    return has_timers_;
  }
  /// Whether somebody reacts to refused commands.
  [[nodiscard]] bool handles_refusals() const noexcept {
    return handles_refusals_;
  }

  /// Which instances an event concerns. `errc::internal` if the user's function
  /// threw, `errc::corrupt` if the event does not read.
  [[nodiscard]] virtual result<correlation>
  correlate(const recorded_event& event) const = 0;

  /// The instance that an id stands for: its KSUID behind the own prefix.
  /// `errc::invalid` if `id` does not end with a KSUID.
  [[nodiscard]] result<std::string> instance_of(std::string_view id) const;

  [[nodiscard]] static const process_progress&
  progress_of(const any_state& state);

  // -- aggregate_type ---------------------------------------------------------

  [[nodiscard]] any_state initial() const override;
  [[nodiscard]] result<decided>
  decide(const any_state& state, const any_command& command,
         const command_context& context) const override;
  [[nodiscard]] result<versioned_state>
  replay(versioned_state from,
         std::span<const recorded_event> events) const override;
  [[nodiscard]] result<std::string>
  encode_state(const any_state& state) const override;
  [[nodiscard]] result<any_state>
  decode_state(std::string_view json) const override;
  /// When the first of the instance's timers is due.
  [[nodiscard]] result<row_change>
  project(const any_state& state,
          const event_context& last_event) const override;
  [[nodiscard]] result<std::vector<statement>>
  statements(const any_state& state,
             const event_context& last_event) const override;

protected:
  /// What a user's `react` gave.
  struct reacted_as {
    std::vector<decided_event> events{};
    /// After these events.
    any_state user{};
    reaction_effects effects{};
  };

  process_type();

  // The part that knows the user's types; may throw what the user's functions
  // throw.

  [[nodiscard]] virtual any_state initial_user() const = 0;
  [[nodiscard]] virtual result<reacted_as>
  react_to(const any_state& user, const recorded_event& event,
           const process_context& context) const = 0;
  [[nodiscard]] virtual result<reacted_as>
  react_to(const any_state& user, const timer_fired& fired,
           const process_context& context) const = 0;
  [[nodiscard]] virtual result<reacted_as>
  react_to(const any_state& user, const command_refused& refused,
           const process_context& context) const = 0;
  [[nodiscard]] virtual result<any_state>
  apply_own(const any_state& user, const recorded_event& event) const = 0;
  [[nodiscard]] virtual nlohmann::json
  encode_user(const any_state& user) const = 0;
  [[nodiscard]] virtual any_state
  decode_user(const nlohmann::json& json) const = 0;

  std::vector<std::string> source_types_;
  bool has_timers_ = false;
  bool handles_refusals_ = false;
  upcasters source_upcasters_;

private:
  struct state;
  struct turn;

  static const state& as(const any_state& erased);
  /// Fills `turn` from an input; false if nothing follows from it.
  [[nodiscard]] result<bool> begin(turn& now, const process_input& input) const;
  [[nodiscard]] result<bool> begin_event(turn& now,
                                         const process_input& input) const;
  [[nodiscard]] result<void> react(turn& now, const process_input& input) const;
  [[nodiscard]] result<void> add_effects(turn& now) const;
  [[nodiscard]] result<decided> finish(turn& now) const;
};

/// The erased form of `P`; a wrong definition does not compile and the message
/// names what is missing.
template <class P>
[[nodiscard]] const process_type& process_of();

/// The table that tells which timers are due, one row an instance that has any.
[[nodiscard]] projection_table process_timer_table();

} // namespace es

#include "eventsource/domain/process_model.hpp"

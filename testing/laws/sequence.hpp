#pragma once

#include "eventsource/testing/laws/law_check.hpp"
#include "eventsource/testing/recorded_history.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace es::testing::detail {

struct sequence_step {
  any_command command;
  /// Since the command before.
  std::chrono::milliseconds pause{0};
};

struct broken_law {
  /// The same text whenever the same law is broken.
  std::string law;
  std::string details;
};

/// One sequence of commands on one aggregate, with all laws checked on the way.
class sequence {
public:
  /// Counts in `seen`; both outlive it.
  sequence(const law_check& what, law_report& seen);

  /// The live state.
  [[nodiscard]] const any_state& state() const noexcept {
    return history_.state().state;
  }

  /// Decides and applies the command.
  [[nodiscard]] std::optional<broken_law> step(const sequence_step& next);

  /// What can only be checked when all events are there.
  [[nodiscard]] std::optional<broken_law> finish() const;

private:
  using verdict = std::optional<broken_law>;

  [[nodiscard]] verdict check_command(const any_command& command) const;
  [[nodiscard]] verdict check_decision(const any_command& command,
                                       const result<decided>& first) const;
  [[nodiscard]] verdict check_events(const decided& made) const;
  [[nodiscard]] verdict check_replay() const;
  [[nodiscard]] verdict check_row(const any_state& replayed) const;
  [[nodiscard]] verdict check_state();

  /// Both states have the same JSON.
  [[nodiscard]] verdict compare(const any_state& live, const any_state& other,
                                const std::string& law) const;
  /// What a snapshot makes of a state.
  [[nodiscard]] result<any_state> through_json(const any_state& state) const;
  [[nodiscard]] result<decided> decide(const any_state& state,
                                       const any_command& command) const;

  const law_check& what_;
  const aggregate_type& type_;
  law_report& seen_;
  recorded_history history_;
  /// The same aggregate, had it been recovered from a snapshot each time.
  versioned_state recovered_;
};

} // namespace es::testing::detail

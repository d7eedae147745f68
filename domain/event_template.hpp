#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace es {

/// A text with placeholders for what an event is, such as
/// "events.{aggregate_type}.{event_type}". There are {aggregate_type},
/// {aggregate_id}, {event_type}, {event_id} and {schema_version}.
class event_template {
public:
  /// Writes a value behind what is there already, in the form of its place.
  using encoder = void (*)(std::string& to, std::string_view value);

  /// Fails with `errc::invalid` on a brace that is not part of a placeholder.
  /// `what` names the text in the error.
  [[nodiscard]] static result<event_template> parse(std::string_view text,
                                                    std::string_view what);

  /// Appends the text for `event` to `to`; every value goes through `encode`,
  /// the text between them does not.
  void fill(std::string& to, const recorded_event& event, encoder encode) const;

  [[nodiscard]] bool empty() const noexcept {
    return parts_.empty();
  }
  /// The text without its placeholders.
  [[nodiscard]] std::string fixed_text() const;

private:
  enum class field {
    aggregate_type,
    aggregate_id,
    event_type,
    event_id,
    schema_version,
    none,
  };

  struct part {
    std::string text;
    /// What stands behind the text.
    field behind = field::none;
  };

  static field find_field(std::string_view name) noexcept;

  std::vector<part> parts_;
};

} // namespace es

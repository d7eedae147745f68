#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/testing/specification_failed.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace es::testing {

/// The moment at which the kit's virtual time starts.
inline constexpr timestamp start_time{std::chrono::seconds(1'700'000'000)};

/// An event's stored form.
struct event_form {
  std::string type;
  int schema_version = 1;
  /// JSON text.
  std::string data;

  friend bool operator==(const event_form&, const event_form&) = default;
};

/// `withdrawn {"amount":30}`, the schema version behind the name from the
/// second on.
[[nodiscard]] std::string to_string(const event_form& event);

/// One event after the other, each with its JSON over several lines.
[[nodiscard]] std::string pretty(const std::vector<event_form>& events);

namespace detail {

/// How the event `event` of `A` is stored now.
template <class A, class E>
event_form form_of(const E& event) {
  static_assert(es::detail::contains<E, typename A::events>,
                "this is no event of the aggregate: see `A::events`");
  auto text = encode_json(es::detail::encode_from(event));
  if (!text)
    throw specification_failed("event " + std::string(E::event_type) + ": "
                               + text.error().message);
  return {std::string(E::event_type), es::detail::schema_version_of<E>(),
          std::move(*text)};
}

} // namespace detail

/// `withdraw {"amount":30}`.
[[nodiscard]] std::string to_string(const any_command& command);

/// An id of the type that is the same in every run: its prefix and a KSUID made
/// of `number`.
[[nodiscard]] std::string fixed_id(std::string_view prefix, std::size_t number);

/// One aggregate as the store would hold it, without a store: the events, and
/// the state that the live actor would have after them.
class recorded_history {
public:
  explicit recorded_history(const aggregate_type& type);

  // -- what the next command and event find -----------------------------------

  std::string aggregate_id;
  timestamp now = start_time;
  es::metadata metadata{};

  // -- growing ----------------------------------------------------------------

  /// An event that was there before; applied as recovery does.
  [[nodiscard]] result<void> add_stored(const event_form& event);

  /// Decides on the present state; what is accepted is stored, and the state is
  /// the one that `decide` gave. Fails with what `decide` says.
  [[nodiscard]] result<std::vector<event_form>>
  decide(const any_command& command);

  // -- reading ----------------------------------------------------------------

  [[nodiscard]] const aggregate_type& type() const noexcept {
    return *type_;
  }
  [[nodiscard]] const std::vector<recorded_event>& events() const noexcept {
    return events_;
  }
  [[nodiscard]] const versioned_state& state() const noexcept {
    return state_;
  }
  /// What recovery makes of the events after the snapshot `from`.
  [[nodiscard]] result<versioned_state> replay(versioned_state from) const;

  /// The row change for the state after the last event.
  [[nodiscard]] result<row_change> project() const;

private:
  void record(const event_form& event);

  const aggregate_type* type_;
  std::vector<recorded_event> events_;
  versioned_state state_;
};

} // namespace es::testing

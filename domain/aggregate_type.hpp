#pragma once

#include "eventsource/domain/aggregate.hpp"
#include "eventsource/domain/upcasters.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace es {

/// The state of an aggregate of any type: shared and never changed, so that a
/// reader, the live actor and its speculation can hold the same one.
using any_state = std::shared_ptr<const void>;

/// An accepted command: its events, and the state that follows from them.
struct decided {
  std::vector<decided_event> events;
  /// Null if there are no events: the state stays as it is.
  any_state next;
};

/// A state and how many events it is the fold of. `state` is never null.
struct versioned_state {
  any_state state;
  version_t version = 0;
};

/// One aggregate type with its C++ types erased: this is what actors, stores,
/// tools and tests work with. Made once per type by `type_of<A>()`; immutable;
/// all functions are pure and thread-safe, and none throws: an exception in a
/// user's function becomes `errc::internal` (or `errc::corrupt` when reading
/// stored data) with the names of type, aggregate and event in the message.
class aggregate_type {
public:
  virtual ~aggregate_type() = default;

  aggregate_type(const aggregate_type&) = delete;
  aggregate_type& operator=(const aggregate_type&) = delete;

  // -- description ------------------------------------------------------------

  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  [[nodiscard]] const std::string& id_prefix() const noexcept {
    return id_prefix_;
  }
  [[nodiscard]] const std::vector<std::string>& command_types() const noexcept {
    return command_types_;
  }
  /// Present event type names.
  [[nodiscard]] const std::vector<std::string>& event_types() const noexcept {
    return event_types_;
  }
  /// The type's own snapshot interval; 0 = never, absent = the setting.
  [[nodiscard]] std::optional<int> snapshot_every() const noexcept {
    return snapshot_every_;
  }
  /// Whether a command may be decided before the one before has committed; the
  /// outcome is the same.
  [[nodiscard]] bool is_speculative() const noexcept {
    return speculative_;
  }
  /// Snapshots of another version are ignored, the aggregate is replayed.
  [[nodiscard]] int state_version() const noexcept {
    return state_version_;
  }
  /// Null without an inline projection; otherwise valid as long as the program.
  [[nodiscard]] const projection_table* projection() const noexcept {
    return projection_ ? &*projection_ : nullptr;
  }
  /// Whether events of this (present) type ask for an outbox row.
  [[nodiscard]] bool publishes(std::string_view event_type) const noexcept;

  /// What is wrong with this definition beyond what the compiler can see:
  /// duplicate names, missing or misnamed upcasters, invalid identifiers,
  /// versions below 1.
  [[nodiscard]] result<void> check() const;

  // -- behaviour --------------------------------------------------------------

  [[nodiscard]] virtual any_state initial() const = 0;

  /// Decides, applies and encodes in one step. `errc::rejected` if the domain
  /// refuses; `errc::invalid` if the type has no such command or its JSON does
  /// not fit.
  [[nodiscard]] virtual result<decided>
  decide(const any_state& state, const any_command& command,
         const command_context& context) const = 0;

  /// Applies stored events in order, upcasting each. Checks that each belongs
  /// to this type and that its version follows the one before (promise 3).
  [[nodiscard]] virtual result<versioned_state>
  replay(versioned_state from,
         std::span<const recorded_event> events) const = 0;

  [[nodiscard]] virtual result<std::string>
  encode_state(const any_state& state) const = 0;

  [[nodiscard]] virtual result<any_state>
  decode_state(std::string_view json) const = 0;

  /// The row change for the state after an event; `kind::none` without an
  /// inline projection.
  [[nodiscard]] virtual result<row_change>
  project(const any_state& state, const event_context& last_event) const = 0;

  /// The user's own statements for the state after an event.
  [[nodiscard]] virtual result<std::vector<statement>>
  statements(const any_state& state, const event_context& last_event) const = 0;

protected:
  aggregate_type() = default;

  /// Takes over what `A` says of its events, snapshots and upcasters.
  template <class A>
  void describe_stream();

  std::string name_;
  std::string id_prefix_;
  std::vector<std::string> command_types_;
  std::vector<std::string> event_types_;
  std::vector<std::string> published_types_;
  std::vector<int> event_schema_versions_;
  std::optional<int> snapshot_every_;
  bool speculative_ = true;
  int state_version_ = 1;
  std::optional<projection_table> projection_;
  upcasters upcasters_;

private:
  [[nodiscard]] result<void> check_numbers() const;
};

/// The erased form of `A`; a wrong definition does not compile and the message
/// names what is missing.
template <class A>
[[nodiscard]] const aggregate_type& type_of();

/// The aggregate types of a program, by name.
class type_registry {
public:
  type_registry() = default;

  /// Fails with `errc::invalid` on a duplicate name or id prefix, and with what
  /// `check` says of the type.
  [[nodiscard]] result<void> add(const aggregate_type& type);
  /// Null if there is no such type.
  [[nodiscard]] const aggregate_type* find(std::string_view name) const;
  /// In order of registration.
  [[nodiscard]] const std::vector<const aggregate_type*>& all() const noexcept {
    return types_;
  }

private:
  std::vector<const aggregate_type*> types_;
};

} // namespace es

#include "eventsource/domain/aggregate_model.hpp"

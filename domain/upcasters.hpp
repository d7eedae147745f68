#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace es {

/// Brings stored events of older forms to the form that the program knows now:
/// JSON to JSON, one schema version at a time, before `from_json` sees them.
/// Filled once by an aggregate's `static void upcasters(es::upcasters&)`, then
/// only read; reading is thread-safe.
class upcasters {
public:
  using function = std::function<nlohmann::json(nlohmann::json)>;

  /// Registers the step from `from_version` to `from_version + 1` of the event
  /// type `event_type` (its present name).
  void add(std::string event_type, int from_version, function step);

  template <class Event>
  void add(int from_version, function step) {
    add(std::string(Event::event_type), from_version, std::move(step));
  }

  /// Events stored under `old_name` are read as `event_type`, at the schema
  /// version that they were stored with.
  void rename(std::string old_name, std::string event_type);

  /// The present name of an event type that was stored as `stored_name`.
  [[nodiscard]] const std::string&
  present_name(const std::string& stored_name) const;

  /// Applies the steps from `stored_version` up to `wanted_version`. A missing
  /// step, a stored version above the wanted one, or an exception in a step
  /// fails with `errc::corrupt`.
  [[nodiscard]] result<nlohmann::json> upcast(const std::string& event_type,
                                              int stored_version,
                                              int wanted_version,
                                              nlohmann::json data) const;

  /// Whether every step from 1 to `wanted_version` is there and none beyond.
  [[nodiscard]] result<void> check_complete(const std::string& event_type,
                                            int wanted_version) const;

  /// Whether steps and renamings lead to one of `event_types`, and no old name
  /// is one of them: its events would be read as those of another type.
  [[nodiscard]] result<void>
  check_names(const std::vector<std::string>& event_types) const;

private:
  std::map<std::pair<std::string, int>, function> steps_;
  std::map<std::string, std::string> names_;
};

} // namespace es

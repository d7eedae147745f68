#pragma once

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace es::testing {

/// A memory store with organizations that were written as their actors would
/// write them, except for what a test changes about it.
struct stored_organizations {
  using change = std::function<void(store::append_request&)>;

  store::memory_store store{[] { return day(1); }};

  const aggregate_type& type() const {
    return type_of<reference::organization>();
  }

  static std::string id_of(std::string_view name) {
    return esctl::organization_id(name);
  }

  /// Version n occurs on day n.
  static timestamp day(version_t n) {
    return timestamp{std::chrono::days{20'000 + n}};
  }

  /// Registers it; version 1.
  void register_one(const std::string& name, const change& damage = {}) {
    append(id_of(name),
           any_command::of(reference::register_organization{name, "0", "FR"}),
           damage);
  }

  void rename(const std::string& name, const std::string& new_name,
              const change& damage = {}) {
    append(id_of(name),
           any_command::of(reference::rename_organization{new_name}), damage);
  }

  /// Decides a command on what is stored, and stores its events, the row of the
  /// projection, and a snapshot at every second version.
  void append(const std::string& id, any_command command,
              const change& damage) {
    auto now = replayed(id);
    metadata about;
    auto when = day(now.version + 1);
    auto made =
      must(type().decide(now.state, command, {id, now.version, when, about}));
    store::append_request request;
    request.aggregate_id = id;
    request.aggregate_type = type().name();
    request.expected_version = now.version;
    request.occurred_at = when;
    for (const auto& event : made.events)
      request.events.push_back({"evt_" + std::to_string(++events_made_),
                                event.type, event.schema_version, event.data,
                                event.publish});
    auto version = request.last_version();
    request.projection = store_row(id, version, made.next, when);
    if (version % 2 == 0)
      request.snapshot = store::new_snapshot{
        type().state_version(), must(type().encode_state(made.next)), 10};
    if (damage)
      damage(request);
    write(std::move(request));
  }

  void write(store::append_request request) {
    auto outcome = store.write({&request, 1});
    if (!outcome.at(0).ok())
      throw std::runtime_error(to_string(outcome[0].error));
  }

  template <class T>
  static T must(result<T> outcome) {
    if (!outcome)
      throw std::runtime_error(to_string(outcome.error()));
    return std::move(*outcome);
  }

private:
  versioned_state replayed(const std::string& id) {
    return must(type().replay({type().initial(), 0},
                              must(store.load_events(id, 1, 1'000'000))));
  }

  projection_change store_row(const std::string& id, version_t version,
                              const any_state& state, timestamp when) {
    metadata about;
    return {type().projection(), version,
            must(type().project(state, {id, version, when, about}))};
  }

  int events_made_ = 0;
};

} // namespace es::testing

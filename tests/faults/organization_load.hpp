#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/tests/faults/load_audit.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace es::testing {

/// Registers, renames, moves and dissolves organizations at random, from
/// several threads, until it is stopped. What is refused or lost is not its
/// matter: only what is stored counts.
class organization_load {
public:
  organization_load(store::postgres_settings where, std::uint64_t seed);
  ~organization_load();

  organization_load(const organization_load&) = delete;
  organization_load& operator=(const organization_load&) = delete;

  /// Commands that were accepted.
  [[nodiscard]] std::uint64_t accepted() const noexcept {
    return accepted_;
  }

  [[nodiscard]] store::event_store& store() {
    return runtime_->store();
  }

  void stop();

private:
  void send(std::uint64_t seed);

  actors::settings how_;
  std::unique_ptr<actors::system_config<>> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::optional<actors::runtime> runtime_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> accepted_ = 0;
  std::vector<std::thread> threads_;
};

/// Rows of the reference projections that are not what SQL makes of the events:
/// a judge that shares nothing with the handlers.
[[nodiscard]] findings compare_projections(store::postgres::connection& link);

} // namespace es::testing

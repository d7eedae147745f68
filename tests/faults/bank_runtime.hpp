#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/tests/actors/account.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace es::testing {

/// How long a command may wait if its caller does not say.
inline constexpr std::chrono::milliseconds bank_timeout{2'000};

/// A runtime of bank accounts on a database, with limits short enough that an
/// outage of seconds shows what happens beyond them.
class bank_runtime {
public:
  using change_settings = std::function<void(actors::settings&)>;

  /// `more` are types that it has beside the accounts.
  explicit bank_runtime(store::postgres_settings where,
                        const change_settings& change = {},
                        const std::vector<const aggregate_type*>& more = {})
    : how_(prepared(std::move(where), change)), config_(how_),
      system_(config_) {
    type_registry types;
    require(types.add(type_of<bank::account>()));
    for (const auto* type : more)
      require(types.add(*type));
    auto started = actors::runtime::start(system_, how_, std::move(types));
    require(started);
    runtime_.emplace(std::move(*started));
  }

  [[nodiscard]] actors::runtime& operator*() {
    return *runtime_;
  }
  [[nodiscard]] actors::runtime* operator->() {
    return &*runtime_;
  }
  [[nodiscard]] caf::actor_system& system() {
    return system_;
  }

protected:
  template <class T>
  static void require(const result<T>& outcome) {
    if (!outcome)
      throw std::runtime_error(to_string(outcome.error()));
  }

private:
  static actors::settings prepared(store::postgres_settings where,
                                   const change_settings& change) {
    actors::init_types<caf::id_block::bank>();
    actors::settings how;
    how.store = std::move(where);
    how.runtime.threads = 2;
    how.runtime.stop_timeout = std::chrono::seconds{60};
    how.commands.timeout = bank_timeout;
    how.aggregates.snapshot_every = 5;
    // Some aggregates are recovered while the fault lasts.
    how.aggregates.live_max = 40;
    how.aggregates.sweep_interval = std::chrono::milliseconds{100};
    how.persistence.batch_appends_max = 64;
    how.persistence.queue_appends_max = 96;
    // Most batches are prepared while the one before them commits.
    how.persistence.prepare_appends_min = 2;
    how.log.level = "off";
    if (change)
      change(how);
    return how;
  }

  actors::settings how_;
  actors::system_config<caf::id_block::bank> config_;
  caf::actor_system system_;
  std::optional<actors::runtime> runtime_;
};

} // namespace es::testing

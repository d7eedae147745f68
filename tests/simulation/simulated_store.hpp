#pragma once

#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/simulation/plan.hpp"
#include "eventsource/tests/simulation/random_source.hpp"
#include "eventsource/tests/simulation/trace.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace es::simulation {

/// The memory store, with the faults of a plan, and an eye on every write.
class simulated_store : public store::memory_store {
public:
  struct surroundings {
    std::function<moment()> now;
    std::function<timestamp()> wall_clock;
    /// Called after events of these aggregates may have been stored.
    std::function<void(std::span<const store::append_request>)> wrote;
    /// Another program appends to this aggregate.
    std::function<void(const std::string&)> foreign_append;
  };

  simulated_store(const store_faults& faults, std::uint64_t seed,
                  surroundings around, trace& lines);

  // -- event_store ------------------------------------------------------------

  std::vector<store::append_outcome>
  write(std::span<const store::append_request> batch) override;
  result<std::vector<store::recovery_page>>
  recover(std::span<const store::recovery_request> requests,
          std::size_t events_per_page) override;
  result<std::vector<std::optional<receipt>>>
  find_receipts(std::string_view aggregate_id,
                std::span<const std::string> command_ids) override;

  // -- for the simulation -----------------------------------------------------

  /// Writes without any fault, as another program does.
  std::vector<store::append_outcome>
  write_as_is(std::span<const store::append_request> batch);

  /// How long a call waits before it begins, or its answer on the way.
  [[nodiscard]] moment draw_delay();

  void begin_outage(moment until) {
    outage_until_ = until;
  }
  /// No more faults, and what is late is stored now.
  void heal();

  /// When the next late write is due.
  [[nodiscard]] std::optional<moment> next_due() const;
  void write_what_is_due();

  [[nodiscard]] std::size_t faults_injected() const noexcept {
    return faults_injected_;
  }

private:
  [[nodiscard]] bool strikes(std::uint64_t per_mille);
  [[nodiscard]] std::optional<error> read_failure(const char* what);
  std::vector<store::append_outcome>
  write_good_ones(std::span<const store::append_request> batch);

  store_faults faults_;
  random_source random_;
  surroundings around_;
  trace& trace_;
  moment outage_until_{};
  std::multimap<moment, std::vector<store::append_request>> late_;
  std::size_t faults_injected_ = 0;
};

} // namespace es::simulation

#pragma once

#include "eventsource/domain/event.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/simulation/finding.hpp"
#include "eventsource/tests/simulation/order.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace es::simulation {

/// What the judge knows of one ledger, from reading the store after each write.
/// It computes states by its own arithmetic, not by the ledger's functions.
class history {
public:
  struct state {
    bool is_open = false;
    std::int64_t balance = 0;

    friend bool operator==(const state&, const state&) = default;
  };

  /// Consecutive events of one order.
  struct group {
    std::int64_t tag = 0;
    version_t first = 0;
    version_t last = 0;
    std::vector<std::string> event_ids;
  };

  explicit history(std::string id);

  [[nodiscard]] const std::string& id() const noexcept {
    return id_;
  }
  [[nodiscard]] version_t head() const noexcept {
    return static_cast<version_t>(states_.size()) - 1;
  }
  /// After the event of this version; the initial state for 0.
  [[nodiscard]] const state& at(version_t version) const {
    return states_[static_cast<std::size_t>(version)];
  }

  /// Takes the events that were stored since the last call, as groups, and
  /// checks that versions follow each other, that each event was possible on
  /// the state before, and that the rows beside the events are right.
  std::vector<group> read(store::memory_store& from,
                          std::optional<finding>& broken);

  /// Whether an order like this is refused by the domain in some state from one
  /// version to another.
  [[nodiscard]] bool refuses(const order& x, version_t from,
                             version_t to) const;

  // -- damage -----------------------------------------------------------------

  /// An event that does not read back makes recoveries fail.
  void damaged(moment when) {
    damaged_ = true;
    damage_began_ = when;
  }
  void repaired(moment when) {
    damaged_ = false;
    damage_ended_ = when;
  }
  [[nodiscard]] bool is_damaged() const noexcept {
    return damaged_;
  }
  [[nodiscard]] bool was_damaged_since(moment when) const noexcept {
    return damaged_ || (damage_ended_ && *damage_ended_ >= when);
  }

private:
  void take_event(const recorded_event& event, std::vector<group>& groups,
                  std::optional<finding>& broken);
  void check_outbox(store::memory_store& from, version_t after,
                    const std::vector<recorded_event>& events,
                    std::optional<finding>& broken) const;
  void check_projection(store::memory_store& from,
                        std::optional<finding>& broken) const;

  std::string id_;
  /// State of version n at n.
  std::vector<state> states_{state{}};
  bool damaged_ = false;
  moment damage_began_{};
  std::optional<moment> damage_ended_;
};

} // namespace es::simulation

#pragma once

#include "eventsource/domain/command.hpp"
#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/faults/load_audit.hpp"

#include <map>
#include <optional>
#include <unordered_map>

namespace es::testing {

/// Waits, within a minute, until nobody else is connected to the database: a
/// session whose program is gone may still commit.
[[nodiscard]] bool others_are_gone(store::postgres::connection& link);

/// All that the tables hold of the bank's accounts.
class stored_accounts {
public:
  struct fold {
    bank::account state;
    version_t version = 0;
  };

  explicit stored_accounts(store::postgres::connection& link);

  /// Versions without gaps, every event of one command, and projection,
  /// snapshots and outbox as the events have it.
  void check_itself(findings& found) const;

  /// What a remembered command has to be answered with.
  [[nodiscard]] std::optional<receipt>
  receipt_of(const std::string& command_id) const;
  [[nodiscard]] std::vector<std::string> command_ids() const;
  [[nodiscard]] fold fold_of(const std::string& aggregate_id) const;

private:
  struct event {
    version_t version = 0;
    std::string id;
    std::string type;
    std::string data;
  };
  struct remembered {
    std::string aggregate_id;
    version_t version = 0;
    int events = 0;
  };
  struct versioned_state {
    std::string owner;
    std::int64_t balance = 0;
    version_t version = 0;
  };

  void check_versions(findings& found) const;
  void check_commands(findings& found) const;
  void check_derived_rows(findings& found) const;

  std::map<std::string, std::vector<event>> events_;
  std::unordered_map<std::string, remembered> commands_;
  std::map<std::string, versioned_state> projection_;
  std::map<std::string, std::vector<versioned_state>> snapshots_;
  /// Event ids.
  std::vector<std::string> outbox_;
};

} // namespace es::testing

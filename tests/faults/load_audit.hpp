#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/store/postgres/connection.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace es::testing {

class answer_book;

/// What broke a promise, a sentence each; empty if all were kept.
using findings = std::vector<std::string>;

/// Load from several threads on some bank accounts, every answer of which is
/// remembered, and the comparison of these answers with the tables. Accounts
/// and commands follow from the seed; when they arrive does not.
class load_audit {
public:
  /// `run` tells the commands of one process from those of the next on the same
  /// accounts.
  explicit load_audit(std::uint64_t seed, int run = 0);
  ~load_audit();

  load_audit(const load_audit&) = delete;
  load_audit& operator=(const load_audit&) = delete;

  // -- the load ---------------------------------------------------------------

  /// Each answer is appended to `fd`, a line by one write(2), before it counts.
  void log_to(int fd);
  /// Opens the accounts; what can't be opened is a finding.
  [[nodiscard]] findings open_accounts(actors::runtime& target);
  /// Begins to send. `target` has to live until `stop`.
  void start(actors::runtime& target);
  /// Waits for so many further receipts, within a minute.
  [[nodiscard]] bool await_receipts(std::size_t count);
  /// Waits until one more command gets no answer from the database, within a
  /// minute.
  [[nodiscard]] bool await_outage();
  /// Sends no more, and waits for the answers that are due. Each command must
  /// be answered within a minute, and once.
  [[nodiscard]] findings stop();
  /// Sends what was in doubt again: a healthy database has to say what became
  /// of it. Then every account must take a command.
  [[nodiscard]] findings settle(actors::runtime& target);

  // -- the comparison ---------------------------------------------------------

  /// Takes the answers of a process that wrote them with `log_to`, and may have
  /// been killed: commands that have no line may be stored or not.
  void read_log(const std::filesystem::path& file);
  /// The tables must hold what was answered and nothing that was refused. No
  /// runtime may be left; waits until the server has noticed that it is gone.
  [[nodiscard]] findings compare(store::postgres::connection& link) const;
  /// The states that the runtime gives must be the folds of the stored events.
  [[nodiscard]] findings
  compare_states(actors::runtime& target,
                 store::postgres::connection& link) const;
  /// Of all answers the one that came longest after its caller's timeout.
  [[nodiscard]] std::chrono::milliseconds lateness() const;
  /// How many commands were answered how, for a log.
  [[nodiscard]] std::string summary() const;

private:
  void call(actors::runtime& target, std::size_t caller);
  void send(actors::runtime& target, const std::string& command_id,
            const std::string& aggregate_id, any_command command, bool wait,
            std::optional<std::chrono::milliseconds> timeout = std::nullopt);

  std::uint64_t seed_;
  int run_;
  std::vector<std::string> accounts_;
  /// Shared with the answers that are still to come.
  std::shared_ptr<answer_book> book_;
  std::atomic<bool> sending_{false};
  std::vector<std::thread> callers_;
};

} // namespace es::testing

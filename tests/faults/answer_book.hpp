#pragma once

#include "eventsource/domain/command.hpp"
#include "eventsource/tests/faults/load_audit.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace es::testing {

class stored_accounts;

/// What was sent, and how it was answered. Thread-safe.
class answer_book {
public:
  struct entry {
    std::string aggregate_id;
    any_command command;
    std::optional<receipt> first;
    /// Some answer left open whether it is stored.
    bool may_be_stored = false;
    /// Of those answers that a killed process would have logged.
    int unlogged = 1;
  };

  void log_to(int fd);

  /// Notes that an answer is due.
  void sent(const std::string& command_id, const std::string& aggregate_id,
            const any_command& command);
  /// `late` is how long after its caller's timeout; negative before it.
  void answered(const std::string& command_id, const result<receipt>& answer,
                std::chrono::nanoseconds late);
  /// Notes the answer to a command that was in doubt, from a healthy database.
  void settled(const std::string& command_id, const result<receipt>& answer);

  /// Whether fewer than `limit` answers are due, at once or after a short wait.
  bool await_room(std::size_t limit);
  bool await_receipts(std::size_t count);
  bool await_outage();
  findings await_answers();

  entry find(const std::string& command_id);
  std::size_t receipts();
  /// Of all answers the one that came longest after its caller's timeout.
  std::chrono::milliseconds lateness();
  /// The commands without receipt that may be stored.
  std::vector<std::pair<std::string, entry>> doubtful();

  /// Takes a line that `log_to` wrote.
  void read(const std::string& line);

  void check(const stored_accounts& stored, findings& found);
  std::string summary();

private:
  void note(const std::string& command_id, const result<receipt>& answer);
  void log(const std::string& command_id, const result<receipt>& answer);
  void log(const std::string& line);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, entry> entries_;
  std::map<std::string, std::size_t> answers_;
  findings broken_;
  std::size_t due_ = 0;
  std::size_t receipts_ = 0;
  /// Commands that the database did not answer.
  std::size_t outages_ = 0;
  std::chrono::nanoseconds lateness_{0};
  /// Whether the last answer was that of an outage.
  bool refusing_ = false;
  int log_ = -1;
  /// The process that answered may have been killed between commit and answer.
  bool from_log_ = false;
};

} // namespace es::testing

#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/tests/simulation/history.hpp"
#include "eventsource/tests/simulation/order.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace es::simulation {

/// Knows the promises, and nothing of how they are kept. Is told what was sent
/// and answered, reads the store after each write, and keeps the first broken
/// promise that it finds.
class judge {
public:
  /// What the plan of a run lets happen.
  struct licence {
    /// Ids by number.
    std::vector<std::string> ledgers;
    std::size_t nodes = 1;
    /// The store fails, or something is killed.
    bool faults = false;
    /// The store throws exceptions.
    bool exceptions = false;
    /// Actors are killed: what the next incarnation sends may stand in one
    /// batch behind something refused of the one before, and then conflicts
    /// with it.
    bool kills = false;
  };

  judge(licence may, store::memory_store& store);

  [[nodiscard]] const std::optional<finding>& broken() const noexcept {
    return broken_;
  }

  // -- what happens -----------------------------------------------------------

  /// A new order; gives its number.
  std::size_t add(order x);
  [[nodiscard]] const order& order_at(std::size_t number) const {
    return orders_[number].what;
  }
  [[nodiscard]] std::size_t orders() const noexcept {
    return orders_.size();
  }

  /// An order was sent; gives the number of the attempt.
  std::size_t sent(attempt x);
  void answered(std::size_t attempt, const result<receipt>& answer, moment now);

  /// A state was asked for; gives the number of the question.
  std::size_t asked(std::size_t ledger, std::size_t node, moment now,
                    moment deadline);
  void told(std::size_t question, const result<actors::current_state>& answer);

  /// The store may have changed.
  void look_at(std::size_t ledger);
  [[nodiscard]] std::optional<std::size_t>
  ledger_of(const std::string& id) const;
  [[nodiscard]] history& history_of(std::size_t ledger) {
    return histories_[ledger];
  }

  /// Time stood still for messages: all deadlines move by this.
  void excuse(moment delay);

  // -- what has to be true ----------------------------------------------------

  /// Nothing can happen before time moves on: nobody may be overdue.
  void check_overdue(moment now);
  /// The run is over and the store is healthy: nothing may be unanswered.
  void check_end();
  /// Notes a broken promise; the first one stays.
  void object(std::string promise, std::string text);

  [[nodiscard]] std::size_t unanswered() const noexcept {
    return waiting_.size();
  }
  /// How many attempts and questions were answered how.
  [[nodiscard]] const std::map<std::string, std::size_t>&
  answers() const noexcept {
    return answers_;
  }

private:
  struct order_record {
    order what;
    /// Where its events are.
    std::optional<history::group> stored{};
    std::optional<receipt> first{};
    std::size_t attempts = 0;
    std::size_t open_attempts = 0;
    /// Some attempt may have been stored, nobody knows.
    bool is_doubtful = false;
  };

  struct attempt_record {
    attempt what;
    /// No timeout before this moment.
    moment due{};
    /// The version that its node had shown by then.
    version_t shown = 0;
    bool was_stored = false;
    bool is_open = true;
  };

  struct question_record {
    std::size_t ledger = 0;
    std::size_t node = 0;
    moment sent_at{};
    version_t shown = 0;
    bool is_open = true;
  };

  /// An attempt or a question that waits for its answer.
  struct waiting_one {
    moment deadline{};
    bool is_question = false;
    std::size_t number = 0;

    friend auto operator<=>(const waiting_one&, const waiting_one&) = default;
  };

  void take_group(std::size_t ledger, const history::group& stored);
  void accepted(attempt_record& of, const receipt& with);
  void refused(attempt_record& of, const error& why, moment now);
  void check_refusal(const attempt_record& of, const error& why, moment now);
  void check_error(const error& why, std::size_t ledger, moment since,
                   const std::string& about);
  void check_order();
  void close(moment deadline, bool is_question, std::size_t number);
  [[nodiscard]] std::string name_of(const order_record& x) const;

  licence may_;
  store::memory_store& store_;
  std::vector<history> histories_;
  std::vector<order_record> orders_;
  std::map<std::int64_t, std::size_t> by_tag_;
  std::vector<attempt_record> attempts_;
  std::vector<question_record> questions_;
  std::vector<moment> question_deadlines_;
  std::set<waiting_one> waiting_;
  moment excused_{};
  /// By node and ledger: the highest version in any of its answers.
  std::vector<std::vector<version_t>> shown_;
  std::map<std::string, std::size_t> answers_;
  std::optional<finding> broken_;
};

} // namespace es::simulation

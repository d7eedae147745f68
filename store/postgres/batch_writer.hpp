#pragma once

#include "eventsource/store/append.hpp"
#include "eventsource/store/postgres/batch_plan.hpp"
#include "eventsource/store/postgres/batch_rows.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/postgres/transaction.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace es::store::postgres {

/// Stores one batch: normally in one transaction. When that fails it finds out
/// which appends are to blame, refuses these, and stores the others. Used once.
class batch_writer {
public:
  batch_writer(connection_pool& pool, std::span<const append_request> batch);

  /// Does ahead of `run` what needs no connection.
  void prepare();

  /// An outcome for each append. Calls `meanwhile`, which may be empty, while
  /// the server commits.
  [[nodiscard]] std::vector<append_outcome>
  run(const std::function<void()>& meanwhile = {});

private:
  /// Appends that are stored together, and what has been tried with them.
  struct group {
    places members;
    int retries = 0;
    int reconnects = 0;
    /// A commit of these was not answered: whatever is found in the store may
    /// be their own doing.
    bool in_doubt = false;
  };

  /// Rows that were built ahead.
  struct ready_rows {
    places members;
    const dialect* form = nullptr;
    batch_rows rows;
  };

  enum class next_step {
    done,
    try_again,
    /// After a pause, because others are in the way.
    try_later,
    resolve
  };

  // -- the steps, in order ----------------------------------------------------

  void store_all();
  places check_all();
  void plan_next(const places& pending);
  void settle(group all);
  next_step try_once(group& members);
  /// In one statement if these are one append that was not tried yet.
  attempt store(connection& link, const group& members);
  /// What was built ahead, if it is of these.
  batch_rows take_rows(const places& members, const dialect& form);
  next_step after_failure(connection& link, group& members,
                          const attempt& tried);
  next_step after_doubt(group& members);

  // -- finding out who is to blame --------------------------------------------

  bool take_stored(connection& link, group& members);
  bool take_losers(connection& link, group& members);
  bool blame_known_culprits(group& members, const attempt& tried);
  next_step search_culprit(group& members, const database_error& e);
  bool count_retry(group& members);

  // -- outcomes ---------------------------------------------------------------

  void commit_all(const group& members, session_number session);
  void refuse(std::size_t place, error why);
  void refuse_followers(group& members);
  void refuse_all(const group& members, const error& why);
  std::string where(const group& members) const;

  connection_pool& pool_;
  std::span<const append_request> batch_;
  std::vector<std::optional<append_outcome>> outcomes_;
  /// The server's, as far as it is known.
  std::chrono::microseconds first_pause_{0};
  broken_aggregates broken_;
  /// Of the present transaction.
  std::optional<transaction_plan> plan_;
  /// Of the first one.
  std::optional<ready_rows> ready_;
  /// While `run` does.
  const std::function<void()>* meanwhile_ = nullptr;
  /// Groups that wait for their turn, the next one last: a group that was
  /// halved to find a culprit.
  std::vector<group> halves_;
};

} // namespace es::store::postgres

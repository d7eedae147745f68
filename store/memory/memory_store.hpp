#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/store/publish_marks.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace es::store {

namespace memory {
class memory_leases;
class memory_log;
class memory_subscriptions;
class memory_outbox;
class tables;
} // namespace memory

/// The event store in RAM: for tests, simulations and programs that need no
/// durability. Keeps every promise of `event_store` except that it forgets all
/// at its end, and refuses what PostgreSQL would refuse (text with NUL
/// characters, data that is no JSON, cells that do not fit their column, event
/// ids that are there already). It cannot run SQL: statements of the user's own
/// always succeed and are noted in `statements`.
///
/// Thread-safe: one mutex. It has no time of its own, so that with a clock that
/// does not depend on anything else neither does what it answers.
class memory_store : public event_store, public publish_marks {
public:
  using clock = std::function<timestamp()>;
  using write_hook = std::function<void(std::span<const append_request>)>;

  /// `now` fills `registered_at`; the system's clock if it is empty.
  explicit memory_store(clock now = {});
  ~memory_store() override;

  // -- event_store ------------------------------------------------------------

  std::vector<append_outcome>
  write(std::span<const append_request> batch) override;

  result<std::size_t> forget_commands(std::chrono::milliseconds older_than,
                                      std::size_t limit) override;

  result<std::vector<recovery_page>>
  recover(std::span<const recovery_request> requests,
          std::size_t events_per_page) override;
  result<std::vector<std::optional<receipt>>>
  find_receipts(std::string_view aggregate_id,
                std::span<const std::string> command_ids) override;

  result<std::vector<recorded_event>> load_events(std::string_view aggregate_id,
                                                  version_t from_version,
                                                  std::size_t limit) override;
  result<std::optional<recorded_snapshot>>
  load_snapshot(std::string_view aggregate_id, version_t at_most) override;
  result<version_t> version_at(std::string_view aggregate_id,
                               timestamp when) override;

  result<std::vector<recorded_event>>
  scan_events(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) override;
  result<std::vector<recorded_snapshot>>
  scan_snapshots(std::string_view after_aggregate_id, version_t after_version,
                 std::size_t limit) override;
  result<std::vector<outbox_entry>>
  scan_outbox(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) override;
  result<std::vector<row>> scan_projection(const projection_table& table,
                                           const row& after,
                                           std::size_t limit) override;
  result<std::vector<std::string>>
  find_publish_marks(std::span<const std::string> event_ids) override;
  result<statistics> stats() override;
  result<std::vector<process_timer>> find_timers(std::string_view process_type,
                                                 const process_timer& after,
                                                 std::size_t limit) override;

  event_log& log() noexcept override;
  lease_store& leases() noexcept override;
  subscription_store& subscriptions() noexcept override;
  outbox_store& outbox() noexcept override;

  result<void> check() override;

  // -- scripted faults --------------------------------------------------------

  /// The next `write` refuses every append with `why` and stores nothing.
  void fail_next_write(error why);

  /// The next `recover` fails with `why`.
  void fail_next_recover(error why);

  /// The next `settle_outbox` fails with `why` and notes nothing.
  void fail_next_settle(error why);

  /// The next `write` stores, but answers `in_doubt` for what it stored.
  void lose_next_commit_answer();

  /// Called at the begin of every `write` from now on, in its thread and
  /// without any lock: the hook may use the store, as a foreign writer that is
  /// faster, and may block. Its own writes come by here as well. An empty
  /// function ends this.
  void before_write(write_hook hook);

  /// Replaces the stored data of an event; `text` is not checked. Does nothing
  /// if there is no such event.
  void corrupt_event(std::string_view aggregate_id, version_t version,
                     std::string text);

  /// Replaces the stored data of a snapshot, like `corrupt_event`.
  void corrupt_snapshot(std::string_view aggregate_id, version_t version,
                        std::string text);

  /// Removes the outbox row of an event, as if it had never been written; does
  /// nothing if there is none.
  void lose_outbox_row(const std::string& event_id);

  // -- inspection -------------------------------------------------------------

  /// How often `write` was called with a batch that was not empty, the calls
  /// that failed or still run included.
  [[nodiscard]] std::size_t write_calls() const;

  /// How many appends each of these calls had, in the order of the calls.
  [[nodiscard]] std::vector<std::size_t> batch_sizes() const;

  /// How many aggregates `recover` was asked to load from the start.
  [[nodiscard]] std::size_t recovered_aggregates() const;

  /// The users' own statements of all committed appends, in commit order.
  [[nodiscard]] std::vector<statement> statements() const;

private:
  const clock now_;
  mutable std::mutex mutex_;
  std::unique_ptr<memory::tables> tables_;
  std::unique_ptr<memory::memory_log> log_;
  std::unique_ptr<memory::memory_leases> leases_;
  std::unique_ptr<memory::memory_subscriptions> subscriptions_;
  std::unique_ptr<memory::memory_outbox> outbox_;

  std::optional<error> write_failure_;
  std::optional<error> recover_failure_;
  bool lose_commit_answer_ = false;
  write_hook before_write_;

  std::vector<std::size_t> batch_sizes_;
  std::size_t recovered_aggregates_ = 0;
};

} // namespace es::store

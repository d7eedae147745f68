#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/store/memory/lease_rows.hpp"
#include "eventsource/store/memory/log_rows.hpp"
#include "eventsource/store/memory/outbox_rows.hpp"
#include "eventsource/store/memory/projection_rows.hpp"
#include "eventsource/store/memory/subscription_rows.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace es::store::memory {

/// Everything that the memory store holds. Not thread-safe.
class tables {
public:
  [[nodiscard]] std::vector<append_outcome>
  write(std::span<const append_request> batch, timestamp registered_at);

  /// Those remembered at `until` or before, the oldest first.
  std::size_t forget_commands(timestamp until, std::size_t limit);

  [[nodiscard]] recovery_page recover(const recovery_request& request,
                                      std::size_t events_per_page) const;
  [[nodiscard]] std::optional<receipt>
  find_receipt(std::string_view aggregate_id,
               std::string_view command_id) const;
  [[nodiscard]] std::vector<recorded_event>
  load_events(std::string_view aggregate_id, version_t from_version,
              std::size_t limit) const;
  [[nodiscard]] std::optional<recorded_snapshot>
  load_snapshot(std::string_view aggregate_id, version_t at_most) const;
  [[nodiscard]] version_t version_at(std::string_view aggregate_id,
                                     timestamp when) const;

  [[nodiscard]] std::vector<recorded_event>
  scan_events(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) const;
  [[nodiscard]] std::vector<recorded_snapshot>
  scan_snapshots(std::string_view after_aggregate_id, version_t after_version,
                 std::size_t limit) const;
  [[nodiscard]] const projection_rows& projections() const noexcept {
    return projections_;
  }
  [[nodiscard]] const log_rows& log() const noexcept {
    return log_;
  }
  [[nodiscard]] log_page read_log(const log_request& request) const;
  [[nodiscard]] lease_rows& leases() noexcept {
    return leases_;
  }
  [[nodiscard]] subscription_rows& subscriptions() noexcept {
    return subscriptions_;
  }
  /// As `subscription_store::commit`.
  [[nodiscard]] result<void> commit(const projected_batch& batch,
                                    timestamp now);
  [[nodiscard]] projection_rows& projections() noexcept {
    return projections_;
  }
  [[nodiscard]] outbox_rows& outbox() noexcept {
    return outbox_;
  }
  /// As `event_store::find_timers`.
  [[nodiscard]] result<std::vector<process_timer>>
  find_timers(std::string_view process_type, const process_timer& after,
              std::size_t limit) const;
  [[nodiscard]] statistics stats() const;
  [[nodiscard]] bool asked_to_publish(const std::string& event_id) const {
    return published_ids_.contains(event_id);
  }

  void replace_event_data(std::string_view aggregate_id, version_t version,
                          std::string text);
  void replace_snapshot_data(std::string_view aggregate_id, version_t version,
                             std::string text);

  [[nodiscard]] const std::vector<statement>& statements() const noexcept {
    return statements_;
  }

private:
  struct remembered_command {
    receipt first;
    timestamp remembered_at;
  };

  /// All rows of one aggregate, whatever their table.
  struct aggregate_rows {
    /// Version n stands at n - 1.
    std::vector<recorded_event> events;
    std::vector<session_number> stored_in;
    std::map<version_t, recorded_snapshot> snapshots;
    std::map<std::string, remembered_command, std::less<>> commands;

    [[nodiscard]] version_t head() const noexcept {
      return static_cast<version_t>(events.size());
    }
  };

  append_outcome store(const append_request& append, timestamp registered_at);
  void insert(aggregate_rows& into, const append_request& append,
              timestamp registered_at);
  [[nodiscard]] result<void>
  check_event_ids(const append_request& append) const;
  /// Whether the version that `append` expects was there in the session that
  /// it names.
  [[nodiscard]] result<void> check_session(const append_request& append) const;
  [[nodiscard]] const aggregate_rows* find(std::string_view aggregate_id) const;

  /// Calls `take(aggregate)` for the aggregates from `after_aggregate_id` on,
  /// with the version to begin after, until it says that it has enough.
  template <class Take>
  void scan(std::string_view after_aggregate_id, version_t after_version,
            Take&& take) const;

  /// In the order of the ids' bytes, as PostgreSQL's scans.
  std::map<std::string, aggregate_rows, std::less<>> aggregates_;
  /// Each batch has one of its own, so that it shows when an append names a
  /// wrong one.
  session_number session_ = 0;
  std::unordered_set<std::string> event_ids_;
  /// Of these, those that asked for an outbox row.
  std::unordered_set<std::string> published_ids_;
  projection_rows projections_;
  log_rows log_;
  lease_rows leases_;
  subscription_rows subscriptions_;
  outbox_rows outbox_;
  std::vector<statement> statements_;
};

} // namespace es::store::memory

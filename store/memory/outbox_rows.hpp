#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/store/outbox.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace es::store::memory {

/// The outbox that the memory store holds. Not thread-safe.
class outbox_rows {
public:
  /// A place in the order of rows.
  using key = std::pair<std::string, version_t>;

  /// What is to be published, without its event.
  struct due_row {
    key place;
    int attempts = 0;
  };

  void insert(std::string event_id, std::string aggregate_id, version_t version,
              timestamp now);

  // -- as outbox_store has them -----------------------------------------------

  [[nodiscard]] std::vector<due_row> load(outbox_partition part,
                                          const outbox_place& after,
                                          std::size_t limit,
                                          timestamp now) const;
  std::vector<due_row> claim(std::size_t limit,
                             std::chrono::microseconds duration, timestamp now);
  void settle(const outbox_settlement& what, timestamp now);
  std::size_t purge(std::chrono::microseconds age, std::size_t limit,
                    timestamp now);
  [[nodiscard]] outbox_lag measure(timestamp now) const;
  [[nodiscard]] std::vector<outbox_row> list(const outbox_place& after,
                                             std::size_t limit, bool dead_only,
                                             timestamp now) const;
  std::size_t retry(std::span<const std::string> event_ids);
  std::size_t drop(std::span<const std::string> event_ids, timestamp now);
  [[nodiscard]] std::optional<timestamp> purged_until() const noexcept {
    return purged_until_;
  }

  void lose(const std::string& event_id);

  // -- as event_store has them ------------------------------------------------

  [[nodiscard]] std::vector<outbox_entry>
  scan(std::string_view after_aggregate_id, version_t after_version,
       std::size_t limit) const;
  [[nodiscard]] std::size_t pending() const noexcept {
    return pending_.size();
  }
  [[nodiscard]] table_statistics size() const;

private:
  struct stored_row {
    std::string event_id;
    timestamp created_at{};
    int attempts = 0;
    std::string last_error{};
    std::optional<timestamp> next_attempt_at{};
    bool dead = false;
    std::optional<timestamp> published_at{};

    [[nodiscard]] bool waits(timestamp now) const noexcept {
      return !dead && next_attempt_at && *next_attempt_at > now;
    }
  };

  /// The row of an event that is not published; null if there is none.
  stored_row* find_pending(const std::string& event_id);
  void publish(const std::string& event_id, timestamp now);

  std::map<key, stored_row> rows_;
  std::unordered_map<std::string, key> by_event_;
  /// Of the rows that are not published.
  std::set<key> pending_;
  /// Of the others, the oldest first.
  std::set<std::pair<timestamp, key>> published_;
  std::optional<timestamp> purged_until_;
};

} // namespace es::store::memory

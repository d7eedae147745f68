#pragma once

#include "eventsource/store/memory/tables.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace es::store::memory {

/// The outbox of the memory store, under its mutex.
class memory_outbox : public outbox_store {
public:
  memory_outbox(std::mutex& mutex, tables& all,
                const std::function<timestamp()>& now)
    : mutex_(mutex), tables_(all), now_(now) {
    // nop
  }

  result<std::vector<outbox_message>> load_outbox(outbox_partition part,
                                                  const outbox_place& after,
                                                  std::size_t limit) override;
  result<std::vector<outbox_message>>
  claim_outbox(std::size_t limit, std::chrono::microseconds duration) override;
  result<void> settle_outbox(const outbox_settlement& what) override;
  result<std::size_t> purge_outbox(std::chrono::microseconds age,
                                   std::size_t limit) override;

  result<outbox_lag> measure_outbox() override;
  result<std::vector<outbox_row>> list_outbox(const outbox_place& after,
                                              std::size_t limit,
                                              bool dead_only) override;
  result<std::size_t>
  retry_outbox(std::span<const std::string> event_ids) override;
  result<std::size_t>
  drop_outbox(std::span<const std::string> event_ids) override;
  result<std::optional<timestamp>> purged_until() override;

  /// Under the mutex.
  void fail_next_settle(error why) {
    settle_failure_ = std::move(why);
  }

private:
  [[nodiscard]] std::vector<outbox_message>
  with_events(const std::vector<outbox_rows::due_row>& due) const;

  std::mutex& mutex_;
  tables& tables_;
  const std::function<timestamp()>& now_;
  std::optional<error> settle_failure_;
};

} // namespace es::store::memory

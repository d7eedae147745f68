#pragma once

#include "eventsource/store/outbox.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"

namespace es::store::postgres {

/// The outbox of the PostgreSQL store, on connections of its pool.
class postgres_outbox : public outbox_store {
public:
  explicit postgres_outbox(connection_pool& pool) : pool_(pool) {
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

private:
  connection_pool& pool_;
};

} // namespace es::store::postgres

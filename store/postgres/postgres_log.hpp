#pragma once

#include "eventsource/store/event_log.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"

namespace es::store::postgres {

/// The log of the PostgreSQL store, on connections of its pool. Listeners have
/// connections of their own, beside the pool.
class postgres_log : public event_log {
public:
  explicit postgres_log(connection_pool& pool) : pool_(pool) {
    // nop
  }

  result<log_page> read(const log_request& request) override;
  result<position> end() override;
  result<std::int64_t> count(const event_filter& filter) override;
  result<std::optional<position>> find_position(std::string_view aggregate_id,
                                                version_t version) override;
  result<log_status> status() override;

  bool has_hints() const noexcept override {
    return true;
  }
  result<void> send_hint() override;
  result<std::unique_ptr<hint_listener>> listen() override;

private:
  connection_pool& pool_;
};

} // namespace es::store::postgres

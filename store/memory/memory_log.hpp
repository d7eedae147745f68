#pragma once

#include "eventsource/store/event_log.hpp"
#include "eventsource/store/memory/tables.hpp"

#include <mutex>

namespace es::store::memory {

/// The log of the memory store, under its mutex. It has no listeners: all its
/// writers are in this process.
class memory_log : public event_log {
public:
  memory_log(std::mutex& mutex, const tables& content)
    : mutex_(mutex), tables_(content) {
    // nop
  }

  result<log_page> read(const log_request& request) override;
  result<position> end() override;
  result<std::int64_t> count(const event_filter& filter) override;
  result<std::optional<position>> find_position(std::string_view aggregate_id,
                                                version_t version) override;
  result<log_status> status() override;

  bool has_hints() const noexcept override {
    return false;
  }
  result<void> send_hint() override;
  result<std::unique_ptr<hint_listener>> listen() override;

private:
  std::mutex& mutex_;
  const tables& tables_;
};

} // namespace es::store::memory

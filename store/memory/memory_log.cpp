#include "eventsource/store/memory/memory_log.hpp"

#include <limits>

namespace es::store::memory {

result<log_page> memory_log::read(const log_request& request) {
  if (auto fine = check_request(request); !fine)
    return tl::unexpected(std::move(fine.error()));
  std::lock_guard guard{mutex_};
  return tables_.read_log(request);
}

result<position> memory_log::end() {
  std::lock_guard guard{mutex_};
  return tables_.log().end();
}

result<std::int64_t> memory_log::count(const event_filter& filter) {
  log_request request{.filter = filter};
  if (auto fine = check_request(request); !fine)
    return tl::unexpected(std::move(fine.error()));
  request.limit = std::numeric_limits<std::size_t>::max();
  std::lock_guard guard{mutex_};
  return static_cast<std::int64_t>(tables_.read_log(request).events.size());
}

result<std::optional<position>>
memory_log::find_position(std::string_view aggregate_id, version_t version) {
  std::lock_guard guard{mutex_};
  return tables_.log().find(aggregate_id, version);
}

result<log_status> memory_log::status() {
  std::lock_guard guard{mutex_};
  log_status result;
  result.horizon = tables_.log().horizon();
  return result;
}

result<void> memory_log::send_hint() {
  return {};
}

result<std::unique_ptr<hint_listener>> memory_log::listen() {
  return std::unique_ptr<hint_listener>{};
}

} // namespace es::store::memory

#pragma once

#include "eventsource/store/event_log.hpp"

#include <functional>
#include <vector>

namespace es::store::memory {

/// The order of all events of the memory store. Not thread-safe.
class log_rows {
public:
  /// What is added until the next call belongs to one transaction.
  void begin_transaction();
  void add(std::string_view aggregate_id, version_t version);

  using find_event =
    std::function<const recorded_event&(std::string_view, version_t)>;

  /// `request` has passed `check_request`; `find` gives the events that were
  /// added.
  [[nodiscard]] log_page read(const log_request& request,
                              const find_event& find) const;
  /// Behind everything that was added.
  [[nodiscard]] position end() const;
  [[nodiscard]] position horizon() const;
  [[nodiscard]] std::optional<position> find(std::string_view aggregate_id,
                                             version_t version) const;

private:
  struct entry {
    position at;
    std::string aggregate_id;
    version_t version = 0;
  };

  std::vector<entry> entries_;
  std::uint64_t transactions_ = 0;
};

} // namespace es::store::memory

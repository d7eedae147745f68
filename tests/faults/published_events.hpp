#pragma once

#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/tests/faults/load_audit.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace es::testing {

/// What a relay published, in the order in which it arrived, beside what it
/// had to publish.
class published_events {
public:
  /// Takes a CloudEvent in JSON. What is torn is passed over and counted: a
  /// program that is killed may leave a part of a line.
  void take(std::string_view cloud_event);

  /// Every row of the outbox must be published and noted, every event of an
  /// aggregate after all earlier ones of it, and nothing else. With `once`
  /// nothing may have arrived twice.
  [[nodiscard]] findings compare(store::postgres::connection& link,
                                 bool once) const;

  [[nodiscard]] std::string summary() const;

private:
  struct arrival {
    std::string id;
    std::string aggregate_id;
    std::int64_t version = 0;
  };

  std::vector<arrival> arrivals_;
  std::size_t torn_ = 0;
};

} // namespace es::testing

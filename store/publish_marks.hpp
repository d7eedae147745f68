#pragma once

#include "eventsource/domain/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace es::store {

/// A store that remembers with each event whether an outbox row was asked for.
class publish_marks {
public:
  virtual ~publish_marks() = default;

  /// Those of `event_ids` that were stored with `new_event::publish`, in any
  /// order. Never among them are events that other programs wrote by the
  /// original schema, and those that were stored before the database had the
  /// mark (migration 0014). Blocks, never throws, is thread-safe.
  [[nodiscard]] virtual result<std::vector<std::string>>
  find_publish_marks(std::span<const std::string> event_ids) = 0;
};

} // namespace es::store

#pragma once

#include "eventsource/actors/admission.hpp"
#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/domain/ksuid.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace es::actors {

/// What the actors of one runtime share: where they send to and what they may
/// ask of the outside world. Made by the runtime, never changed afterwards.
struct environment {
  settings how;
  /// The wall clock, and the only one that aggregates see.
  std::function<timestamp()> now;
  std::shared_ptr<ksuid_generator> ids;
  /// Persistence actors; never empty.
  std::vector<caf::actor> writers;
  caf::actor recovery;
  /// Store workers that read; never empty.
  std::vector<caf::actor> readers;
  /// Of commands and queries.
  admission door{how.commands.unanswered_max};

  /// An aggregate always has the same writer, so that its appends stay in
  /// order.
  [[nodiscard]] const caf::actor& writer_of(std::string_view id) const {
    return writers[std::hash<std::string_view>{}(id) % writers.size()];
  }

  /// How long the sender of a message waits at most.
  [[nodiscard]] std::chrono::milliseconds
  timeout_of(const submit_command& message) const {
    return message.options.timeout.value_or(how.commands.timeout);
  }
  [[nodiscard]] std::chrono::milliseconds
  timeout_of(const query_state& message) const {
    return message.timeout.count() > 0 ? message.timeout : how.commands.timeout;
  }

  [[nodiscard]] const caf::actor& reader_of(std::string_view id) const {
    return readers[std::hash<std::string_view>{}(id) % readers.size()];
  }
};

} // namespace es::actors

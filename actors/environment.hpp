#pragma once

#include "eventsource/actors/admission.hpp"
#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/domain/ksuid.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
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
  /// For each writer the ids of its events, so that those of a batch are
  /// neighbours in their index and two writers seldom change one page of it.
  std::vector<std::shared_ptr<ksuid_generator>> event_ids;
  caf::actor recovery;
  /// Store workers that read; never empty.
  std::vector<caf::actor> readers;
  /// Of commands and queries.
  admission door{how.commands.unanswered_max};

  /// An aggregate always has the same writer, so that its appends stay in
  /// order.
  [[nodiscard]] const caf::actor& writer_of(std::string_view id) const {
    return writers[writer_index(id)];
  }

  [[nodiscard]] ksuid_generator& event_ids_of(std::string_view id) const {
    return *event_ids[writer_index(id)];
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

private:
  /// The same for ids that differ in their last character alone: most of them
  /// were made one after the other, and stand in one page of the indexes.
  [[nodiscard]] std::size_t writer_index(std::string_view id) const {
    const auto neighbours =
      id.substr(0, std::max<std::size_t>(id.size(), 1) - 1);
    return std::hash<std::string_view>{}(neighbours) % writers.size();
  }
};

} // namespace es::actors

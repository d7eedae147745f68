#pragma once

#include "eventsource/actors/relay_messages.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// A page of the outbox on its way: what the publisher gets of it, and what its
/// outcomes mean.
class relay_batch {
public:
  /// In an ordered batch an event that is not published holds back the later
  /// ones of its aggregate.
  relay_batch(std::vector<loaded_event> page, bool ordered);

  /// What can be published, in the order of the page.
  [[nodiscard]] const std::shared_ptr<const std::vector<outgoing_event>>&
  content() const noexcept {
    return content_;
  }

  struct failure {
    std::string event_id;
    /// Before this one.
    int attempts = 0;
    error why;
  };

  struct verdict {
    /// Ids.
    std::vector<std::string> published;
    std::vector<failure> failed;
    /// Why nothing could be published, if so; no event's fault.
    std::optional<error> outage;
  };

  /// An outcome for each event of `content`; one that is missing is an outage.
  [[nodiscard]] verdict judge(std::vector<result<void>> outcomes) const;

private:
  struct entry {
    std::string event_id;
    std::string aggregate_id;
    int attempts = 0;
    /// Why it was not sent, if it can't be.
    std::optional<error> unfit;
  };

  /// Without those that were held back before they were sent.
  std::vector<entry> entries_;
  std::shared_ptr<const std::vector<outgoing_event>> content_;
  bool ordered_;
};

} // namespace es::actors

#include "eventsource/actors/relay_batch.hpp"

#include <string_view>
#include <unordered_set>
#include <utility>

namespace es::actors {

namespace {

bool is_outage(const error& e) {
  return e.code == errc::unavailable || e.code == errc::overloaded;
}

} // namespace

relay_batch::relay_batch(std::vector<loaded_event> page, bool ordered)
  : ordered_(ordered) {
  std::vector<outgoing_event> content;
  content.reserve(page.size());
  entries_.reserve(page.size());
  std::unordered_set<std::string> held;
  for (auto& event : page) {
    const auto& stored = event.content.event;
    if (ordered && held.contains(stored.aggregate_id))
      continue;
    if (ordered && event.unfit)
      held.insert(stored.aggregate_id);
    entries_.push_back(
      {stored.id, stored.aggregate_id, event.attempts, std::move(event.unfit)});
    if (!entries_.back().unfit)
      content.push_back(std::move(event.content));
  }
  content_ =
    std::make_shared<const std::vector<outgoing_event>>(std::move(content));
}

relay_batch::verdict
relay_batch::judge(std::vector<result<void>> outcomes) const {
  outcomes.resize(content_->size(),
                  fail(errc::unavailable, "the publisher gave no outcome"));
  verdict all;
  std::unordered_set<std::string_view> held;
  auto next = outcomes.begin();
  for (const auto& entry : entries_) {
    auto outcome =
      entry.unfit ? tl::unexpected(*entry.unfit) : std::move(*next++);
    if (held.contains(entry.aggregate_id))
      continue;
    if (outcome) {
      all.published.push_back(entry.event_id);
      continue;
    }
    if (ordered_)
      held.insert(entry.aggregate_id);
    if (!entry.unfit && outcome.error() == left_out())
      continue;
    if (!entry.unfit && is_outage(outcome.error()))
      all.outage = std::move(outcome.error());
    else
      all.failed.push_back(
        {entry.event_id, entry.attempts, std::move(outcome.error())});
  }
  return all;
}

} // namespace es::actors

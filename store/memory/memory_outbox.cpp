#include "eventsource/store/memory/memory_outbox.hpp"

namespace es::store::memory {

std::vector<outbox_message>
memory_outbox::with_events(const std::vector<outbox_rows::due_row>& due) const {
  std::vector<outbox_message> result;
  result.reserve(due.size());
  for (const auto& row : due) {
    auto events =
      tables_.load_events(row.place.first, row.place.second, std::size_t{1});
    result.push_back(
      {.event = std::move(events.at(0)), .attempts = row.attempts});
  }
  return result;
}

result<std::vector<outbox_message>>
memory_outbox::load_outbox(outbox_partition part, const outbox_place& after,
                           std::size_t limit) {
  if (part.index >= part.count)
    return fail(errc::invalid, "there is no partition "
                                 + std::to_string(part.index) + " among "
                                 + std::to_string(part.count));
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return with_events(tables_.outbox().load(part, after, limit, now));
}

result<std::vector<outbox_message>>
memory_outbox::claim_outbox(std::size_t limit,
                            std::chrono::microseconds duration) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return with_events(tables_.outbox().claim(limit, duration, now));
}

result<void> memory_outbox::settle_outbox(const outbox_settlement& what) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  if (auto failure = std::exchange(settle_failure_, std::nullopt))
    return tl::unexpected(std::move(*failure));
  if (what.lease && !tables_.leases().holds(*what.lease))
    return tl::unexpected(lost_lease(*what.lease));
  tables_.outbox().settle(what, now);
  return {};
}

result<std::size_t> memory_outbox::purge_outbox(std::chrono::microseconds age,
                                                std::size_t limit) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.outbox().purge(age, limit, now);
}

result<outbox_lag> memory_outbox::measure_outbox() {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.outbox().measure(now);
}

result<std::vector<outbox_row>>
memory_outbox::list_outbox(const outbox_place& after, std::size_t limit,
                           bool dead_only) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.outbox().list(after, limit, dead_only, now);
}

result<std::size_t>
memory_outbox::retry_outbox(std::span<const std::string> event_ids) {
  std::lock_guard guard{mutex_};
  return tables_.outbox().retry(event_ids);
}

result<std::size_t>
memory_outbox::drop_outbox(std::span<const std::string> event_ids) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.outbox().drop(event_ids, now);
}

result<std::optional<timestamp>> memory_outbox::purged_until() {
  std::lock_guard guard{mutex_};
  return tables_.outbox().purged_until();
}

} // namespace es::store::memory

#include "eventsource/store/postgres/commit_resolver.hpp"

#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/event_reader.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <unordered_set>

namespace es::store::postgres {

namespace {

constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{1'000};

std::unordered_set<std::string>
find_event_ids(connection& link, std::span<const append_request> batch,
               const places& chosen) {
  array_literal wanted;
  for (auto place : chosen)
    for (const auto& event : batch[place].events)
      wanted.add(std::string_view(event.id));
  std::unordered_set<std::string> result;
  if (wanted.empty())
    return result;
  const auto found = link.run("find_events", {wanted.str()});
  for (std::size_t i = 0; i < found.size(); ++i)
    result.emplace(found.text(i, 0));
  return result;
}

} // namespace

std::vector<bool> find_stored(connection& link,
                              std::span<const append_request> batch,
                              const places& chosen) {
  const auto ids = find_event_ids(link, batch, chosen);
  std::vector<command_key> keys;
  for (auto place : chosen)
    if (batch[place].events.empty())
      keys.push_back({batch[place].aggregate_id, *batch[place].command_id});
  const auto receipts = find_receipts(link, keys);
  std::vector<bool> result;
  std::size_t next_receipt = 0;
  for (auto place : chosen) {
    const auto& events = batch[place].events;
    if (events.empty())
      result.push_back(receipts[next_receipt++].has_value());
    else
      result.push_back(
        std::all_of(events.begin(), events.end(),
                    [&](const auto& event) { return ids.contains(event.id); }));
  }
  return result;
}

std::optional<std::vector<bool>>
resolve_commit(connection_pool& pool, std::span<const append_request> batch,
               const places& chosen, std::chrono::milliseconds patience) {
  using clock = std::chrono::steady_clock;
  const auto deadline = clock::now() + patience;
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    if (auto link = pool.acquire()) {
      try {
        return find_stored(**link, batch, chosen);
      } catch (const database_error&) {
        // A server that can't answer now may answer soon.
        (*link)->close();
      }
    }
    if (clock::now() + pause >= deadline)
      return std::nullopt;
    std::this_thread::sleep_for(pause);
  }
}

} // namespace es::store::postgres

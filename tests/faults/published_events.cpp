#include "eventsource/tests/faults/published_events.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace es::testing {

void published_events::take(std::string_view cloud_event) {
  const auto json = nlohmann::json::parse(cloud_event, nullptr, false);
  if (!json.is_object()) {
    ++torn_;
    return;
  }
  arrivals_.push_back({json.at("id"), json.at("subject"),
                       std::stoll(json.at("sequence").get<std::string>())});
}

findings published_events::compare(store::postgres::connection& link,
                                   bool once) const {
  findings found;
  std::map<std::string, std::vector<std::int64_t>> due;
  std::set<std::string> missing;
  const auto rows = link.run_once(
    {"test", "SELECT event_id, aggregate_id, aggregate_version, published_at "
             "IS NULL FROM es.outbox ORDER BY aggregate_id, "
             "aggregate_version"});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string id{rows.text(i, 0)};
    missing.insert(id);
    due[std::string(rows.text(i, 1))].push_back(rows.number(i, 2));
    if (rows.text(i, 3) == "t")
      found.push_back("event " + id + " is not noted as published");
  }
  // How many of an aggregate's events have arrived: each new one must be the
  // next that was due.
  std::map<std::string, std::size_t> places;
  std::set<std::string> seen;
  for (const auto& x : arrivals_) {
    missing.erase(x.id);
    if (!seen.insert(x.id).second) {
      if (once)
        found.push_back("event " + x.id + " arrived twice");
      continue;
    }
    const auto& versions = due[x.aggregate_id];
    auto& place = places[x.aggregate_id];
    if (place >= versions.size() || versions[place] != x.version)
      found.push_back("event " + x.id + ", version " + std::to_string(x.version)
                      + " of " + x.aggregate_id + ", arrived out of order");
    ++place;
  }
  for (const auto& id : missing)
    found.push_back("event " + id + " was never published");
  if (rows.empty())
    found.emplace_back("there was nothing to publish");
  return found;
}

std::string published_events::summary() const {
  std::set<std::string> different;
  for (const auto& x : arrivals_)
    different.insert(x.id);
  return std::to_string(different.size()) + " events published, "
         + std::to_string(arrivals_.size() - different.size())
         + " of them again, " + std::to_string(torn_) + " lines torn";
}

} // namespace es::testing

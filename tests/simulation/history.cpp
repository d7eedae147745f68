#include "eventsource/tests/simulation/history.hpp"

#include "eventsource/tests/simulation/ledger.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace es::simulation {

namespace {

void note(std::optional<finding>& broken, std::string promise,
          std::string text) {
  if (!broken)
    broken = finding{std::move(promise), std::move(text)};
}

std::string to_string(const history::state& x) {
  return (x.is_open ? "open, " : "not open, ") + std::to_string(x.balance);
}

} // namespace

history::history(std::string id) : id_(std::move(id)) {
  // nop
}

std::vector<history::group> history::read(store::memory_store& from,
                                          std::optional<finding>& broken) {
  std::vector<group> groups;
  const auto before = head();
  auto events = from.load_events(id_, before + 1, 1'000'000).value();
  if (events.empty())
    return groups;
  for (const auto& event : events)
    take_event(event, groups, broken);
  check_outbox(from, before, events, broken);
  check_projection(from, broken);
  return groups;
}

void history::take_event(const recorded_event& event,
                         std::vector<group>& groups,
                         std::optional<finding>& broken) {
  if (event.version != head() + 1)
    note(broken, "promise 3",
         id_ + " has version " + std::to_string(event.version) + " after "
           + std::to_string(head()));
  const auto data = nlohmann::json::parse(event.data);
  const auto tag = data.at("tag").get<std::int64_t>();
  auto next = states_.back();
  bool possible = next.is_open;
  if (event.type == ledger_opened::event_type) {
    possible = !next.is_open;
    next.is_open = true;
  } else if (event.type == put_in::event_type) {
    next.balance += data.at("amount").get<std::int64_t>();
  } else {
    next.balance -= data.at("amount").get<std::int64_t>();
    possible = possible && next.balance >= 0;
  }
  if (!possible)
    note(broken, "promise 5",
         id_ + " stored " + event.type + " " + event.data + " as version "
           + std::to_string(event.version) + " on the state "
           + to_string(states_.back())
           + ", on which it can't have been decided");
  states_.push_back(next);
  if (groups.empty() || groups.back().tag != tag)
    groups.push_back({tag, event.version, event.version, {}});
  groups.back().last = event.version;
  groups.back().event_ids.push_back(event.id);
}

void history::check_outbox(store::memory_store& from, version_t after,
                           const std::vector<recorded_event>& events,
                           std::optional<finding>& broken) const {
  const auto rows = from.scan_outbox(id_, after, events.size()).value();
  auto row = rows.begin();
  for (const auto& event : events) {
    if (event.type == put_in::event_type)
      continue;
    if (row == rows.end() || row->event_id != event.id
        || row->aggregate_id != id_)
      note(broken, "promise 2",
           id_ + " has no outbox row for version "
             + std::to_string(event.version));
    else
      ++row;
  }
  if (row != rows.end() && row->aggregate_id == id_)
    note(broken, "promise 2", id_ + " has an outbox row too many");
}

void history::check_projection(store::memory_store& from,
                               std::optional<finding>& broken) const {
  static const auto table = ledger::projection();
  // The row after the largest key that is smaller.
  auto smaller = id_;
  --smaller.back();
  const auto rows = from.scan_projection(table, {cell(smaller)}, 1).value();
  const row wanted{cell(id_), cell(states_.back().balance), cell(head())};
  if (rows.empty() || rows.front() != wanted)
    note(broken, "promise 2",
         id_ + " has a projection row that is not the fold of its "
           + std::to_string(head()) + " events");
}

bool history::refuses(const order& x, version_t from, version_t to) const {
  for (auto version = from; version <= to; ++version) {
    const auto& state = at(version);
    switch (x.what) {
      case order::kind::open:
        if (state.is_open)
          return true;
        break;
      case order::kind::put:
        if (!state.is_open)
          return true;
        break;
      case order::kind::take:
        if (state.balance < x.amount)
          return true;
        break;
      case order::kind::touch:
        break;
    }
  }
  return false;
}

} // namespace es::simulation

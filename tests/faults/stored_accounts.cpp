#include "eventsource/tests/faults/stored_accounts.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace es::testing {

namespace {

using store::postgres::connection;

bank::account next(bank::account state, const std::string& type,
                   const nlohmann::json& data) {
  if (type == bank::account_opened::event_type)
    return apply(std::move(state), data.get<bank::account_opened>());
  if (type == bank::deposited::event_type)
    return apply(std::move(state), data.get<bank::deposited>());
  return apply(std::move(state), data.get<bank::withdrawn>());
}

std::string text(const store::postgres::rows& rows, std::size_t row,
                 std::size_t column) {
  return std::string{rows.text(row, column)};
}

} // namespace

bool others_are_gone(connection& link) {
  const auto deadline =
    std::chrono::steady_clock::now() + std::chrono::minutes{1};
  do {
    const auto others = link.run_once(
      {"test", "SELECT count(*) FROM pg_stat_activity WHERE datname = "
               "current_database() AND pid <> pg_backend_pid() AND "
               "backend_type = 'client backend'"});
    if (others.number(0, 0) == 0)
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  } while (std::chrono::steady_clock::now() < deadline);
  return false;
}

stored_accounts::stored_accounts(connection& link) {
  // One snapshot for all, should somebody still write.
  link.run_script({"test", "BEGIN ISOLATION LEVEL REPEATABLE READ"});
  const auto events = link.run_once(
    {"test", "SELECT aggregate_id, aggregate_version, id, type, data FROM "
             "es.events ORDER BY 1, 2"});
  for (std::size_t i = 0; i < events.size(); ++i)
    events_[text(events, i, 0)].push_back(
      {events.number(i, 1), text(events, i, 2), text(events, i, 3),
       text(events, i, 4)});
  const auto commands = link.run_once(
    {"test", "SELECT command_id, aggregate_id, aggregate_version, event_count "
             "FROM es.commands"});
  for (std::size_t i = 0; i < commands.size(); ++i)
    commands_[text(commands, i, 0)] = {text(commands, i, 1),
                                       commands.number(i, 2),
                                       static_cast<int>(commands.number(i, 3))};
  const auto projection = link.run_once(
    {"test", "SELECT id, owner, balance, version FROM projection.accounts"});
  for (std::size_t i = 0; i < projection.size(); ++i)
    projection_[text(projection, i, 0)] = {
      text(projection, i, 1), projection.number(i, 2), projection.number(i, 3)};
  const auto snapshots = link.run_once(
    {"test", "SELECT aggregate_id, data->>'owner', data->>'balance', "
             "aggregate_version FROM es.snapshots"});
  for (std::size_t i = 0; i < snapshots.size(); ++i)
    snapshots_[text(snapshots, i, 0)].push_back(
      {text(snapshots, i, 1), snapshots.number(i, 2), snapshots.number(i, 3)});
  const auto outbox = link.run_once({"test", "SELECT event_id FROM es.outbox"});
  for (std::size_t i = 0; i < outbox.size(); ++i)
    outbox_.push_back(text(outbox, i, 0));
  link.run_script({"test", "COMMIT"});
}

void stored_accounts::check_itself(findings& found) const {
  check_versions(found);
  // The others take the events of an account for a list without gaps.
  if (!found.empty())
    return;
  check_commands(found);
  check_derived_rows(found);
}

void stored_accounts::check_versions(findings& found) const {
  for (const auto& [id, events] : events_)
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].version != static_cast<version_t>(i + 1)) {
        found.push_back("the versions of " + id + " are not contiguous at "
                        + std::to_string(i + 1));
        break;
      }
}

void stored_accounts::check_commands(findings& found) const {
  std::map<std::string, std::vector<int>> owners;
  for (const auto& [id, events] : events_)
    owners[id].resize(events.size());
  for (const auto& [command_id, known] : commands_) {
    auto& owned = owners[known.aggregate_id];
    if (known.events < 0 || known.version < known.events
        || static_cast<std::size_t>(known.version) > owned.size()) {
      found.push_back("the events of " + command_id + " are not stored");
      continue;
    }
    for (auto i = known.version - known.events; i < known.version; ++i)
      ++owned[static_cast<std::size_t>(i)];
  }
  for (const auto& [id, counts] : owners)
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] != 1)
        found.push_back("version " + std::to_string(i + 1) + " of " + id
                        + " belongs to " + std::to_string(counts[i])
                        + " commands");
}

void stored_accounts::check_derived_rows(findings& found) const {
  auto same = [](const versioned_state& row, const fold& expected) {
    return row.owner == expected.state.owner
           && row.balance == expected.state.balance
           && row.version == expected.version;
  };
  std::vector<std::string> published;
  for (const auto& [id, events] : events_) {
    std::vector<fold> folds(1);
    for (const auto& each : events) {
      folds.push_back(
        {next(folds.back().state, each.type, nlohmann::json::parse(each.data)),
         each.version});
      if (each.type == bank::withdrawn::event_type)
        published.push_back(each.id);
    }
    const auto row = projection_.find(id);
    if (row == projection_.end() || !same(row->second, folds.back()))
      found.push_back("the projection's row of " + id
                      + " is not the fold of its events");
    const auto taken = snapshots_.find(id);
    if (taken == snapshots_.end())
      continue;
    for (const auto& each : taken->second)
      if (static_cast<std::size_t>(each.version) >= folds.size()
          || !same(each, folds[static_cast<std::size_t>(each.version)]))
        found.push_back("the snapshot of " + id + " at version "
                        + std::to_string(each.version)
                        + " is not the fold of its events");
  }
  if (projection_.size() != events_.size())
    found.push_back("the projection has "
                    + std::to_string(projection_.size() - events_.size())
                    + " rows too many");
  auto pending = outbox_;
  std::sort(pending.begin(), pending.end());
  std::sort(published.begin(), published.end());
  if (pending != published)
    found.push_back("the outbox has " + std::to_string(pending.size())
                    + " rows, and there are " + std::to_string(published.size())
                    + " events to publish");
}

std::optional<receipt>
stored_accounts::receipt_of(const std::string& command_id) const {
  const auto known = commands_.find(command_id);
  if (known == commands_.end())
    return std::nullopt;
  receipt result{known->second.aggregate_id, known->second.version, {}};
  // A command that changes nothing needs no events to be remembered.
  if (known->second.events == 0)
    return result;
  const auto events = events_.find(known->second.aggregate_id);
  const auto last = static_cast<std::size_t>(known->second.version);
  if (events == events_.end() || events->second.size() < last)
    return std::nullopt;
  for (auto i = last - static_cast<std::size_t>(known->second.events); i < last;
       ++i)
    result.event_ids.push_back(events->second[i].id);
  return result;
}

std::vector<std::string> stored_accounts::command_ids() const {
  std::vector<std::string> result;
  for (const auto& each : commands_)
    result.push_back(each.first);
  return result;
}

stored_accounts::fold
stored_accounts::fold_of(const std::string& aggregate_id) const {
  fold result;
  const auto events = events_.find(aggregate_id);
  if (events == events_.end())
    return result;
  for (const auto& each : events->second)
    result.state = next(std::move(result.state), each.type,
                        nlohmann::json::parse(each.data));
  result.version = static_cast<version_t>(events->second.size());
  return result;
}

} // namespace es::testing

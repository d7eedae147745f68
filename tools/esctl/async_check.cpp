#include "eventsource/tools/esctl/async_check.hpp"

#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/store/projector.hpp"
#include "eventsource/tools/esctl/projection_check.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>

namespace esctl {

namespace {

using es::store::memory_store;
using es::store::subscription_status;

constexpr std::size_t page_events = 1'000;

class async_walk {
public:
  async_walk(es::store::event_store& store,
             const std::function<void(const finding&)>& tell,
             const std::function<void(std::size_t)>& progress)
    : store_(store), tell_(tell), progress_(progress) {
    // nop
  }

  es::result<async_summary> run(std::span<const known_projection> projections) {
    auto all = store_.subscriptions().list();
    if (!all)
      return tl::unexpected(all.error());
    all_ = std::move(*all);
    if (auto ok = check_checkpoints(); !ok)
      return tl::unexpected(ok.error());
    for (const auto& each : projections)
      if (auto ok = check_rows(each); !ok)
        return tl::unexpected(ok.error());
    return summary_;
  }

private:
  // -- checkpoints ------------------------------------------------------------

  es::result<void> check_checkpoints() {
    auto status = store_.log().status();
    if (!status)
      return tl::unexpected(status.error());
    std::map<std::string, std::uint32_t> seen;
    for (const auto& each : all_) {
      ++summary_.checkpoints;
      ++seen[each.key.name];
      if (each.progress.at > status->horizon)
        tell_({finding::kind::checkpoint_ahead, each.key.name, 0,
               "the checkpoint is ahead of all events, so that it would miss "
               "what comes",
               "at most " + to_string(status->horizon),
               to_string(each.progress.at)});
      if (each.progress.state == es::store::subscription_state::stopped)
        tell_({finding::kind::subscription_stopped, each.key.name, 0,
               "it stopped: " + each.progress.error});
    }
    for (const auto& each : all_)
      if (each.key.part.index == 0 && seen[each.key.name] < each.key.part.count)
        tell_({finding::kind::checkpoint_missing, each.key.name, 0,
               "not all of its partitions have a checkpoint",
               std::to_string(each.key.part.count) + " partitions",
               std::to_string(seen[each.key.name])});
    for (const auto& [name, parts] : seen)
      if (auto ok = check_dead_letters(name); !ok)
        return ok;
    return {};
  }

  es::result<void> check_dead_letters(const std::string& name) {
    auto letters = store_.subscriptions().list_dead_letters(
      name, std::numeric_limits<std::int32_t>::max());
    if (!letters)
      return tl::unexpected(letters.error());
    for (const auto& each : *letters) {
      skipped_[name].insert(each.event_id);
      tell_(
        {finding::kind::subscription_dead_letter, each.aggregate_id,
         each.version,
         name + " went on without event " + each.event_id + ": " + each.error});
    }
    return {};
  }

  // -- rows -------------------------------------------------------------------

  es::result<void> check_rows(const known_projection& what) {
    memory_store expected;
    for (const auto& each : all_)
      if (each.key.name == what->name())
        if (auto ok = fold(*what, each, expected); !ok)
          return ok;
    for (const auto& table : what->tables())
      if (auto ok = compare(table, expected); !ok)
        return ok;
    return {};
  }

  /// Makes the rows of one partition up to its checkpoint.
  es::result<void> fold(const es::async_projection& what,
                        const subscription_status& part, memory_store& into) {
    auto behind = count_behind(store_, what, part.key.part, part.progress.at);
    if (!behind)
      return tl::unexpected(behind.error());
    summary_.behind += *behind;
    auto lease = into.leases().acquire_lease(
      part.key.lease_name(), "verification", std::chrono::hours{24});
    if (!lease)
      return tl::unexpected(lease.error());
    if (auto opened = into.subscriptions().open(part.key, {}); !opened)
      return tl::unexpected(opened.error());
    es::store::position place;
    for (bool more = part.progress.at > place; more;) {
      auto page = store_.log().read({.after = place,
                                     .filter = es::store::filter_of(what),
                                     .part = part.key.part,
                                     .limit = page_events});
      if (!page)
        return tl::unexpected(page.error());
      es::store::projected_batch batch;
      batch.key = part.key;
      batch.lease = **lease;
      batch.from = place;
      batch.to = page->read_to;
      for (const auto& each : page->events)
        if (each.at <= part.progress.at)
          handle(what, each.event, batch);
      if (auto ok = into.subscriptions().commit(batch); !ok)
        return ok;
      events_ += page->events.size();
      progress_(events_);
      place = page->read_to;
      more = page->more && place < part.progress.at;
    }
    return {};
  }

  void handle(const es::async_projection& what, const es::recorded_event& event,
              es::store::projected_batch& into) {
    if (skipped_[what.name()].contains(event.id))
      return;
    es::projection_writer writer{what.tables()};
    if (auto fine = what.handle(event, writer); !fine) {
      tell_({finding::kind::unreadable_event, event.aggregate_id, event.version,
             fine.error().message});
      return;
    }
    const auto& changes = writer.changes();
    into.changes.insert(into.changes.end(), changes.begin(), changes.end());
  }

  es::result<void> compare(const es::projection_table& table,
                           memory_store& expected) {
    projection_check check{store_, table, tell_};
    std::vector<std::size_t> key;
    for (const auto& name : table.key)
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i].name == name)
          key.push_back(i);
    // Only a key of one text is read in the order that the check expects.
    const bool walks =
      key.size() == 1 && table.columns[key[0]].type == es::column_type::text;
    store_cursor<es::row> wanted{[&](const es::row* after) {
      es::row from;
      if (after)
        for (const auto place : key)
          from.push_back((*after)[place]);
      return expected.scan_projection(table, from,
                                      store_cursor<es::row>::page_rows);
    }};
    for (;;) {
      auto next = wanted.peek();
      if (!next)
        return tl::unexpected(next.error());
      if (!*next)
        break;
      std::string name = walks ? "" : table.name + ":";
      for (const auto place : key)
        name += (name.empty() || walks ? "" : " ")
                + (**next)[place].text().value_or("");
      if (auto ok = check.expect(name, 0, es::upsert(**next)); !ok)
        return ok;
      wanted.advance();
      progress_(events_);
    }
    if (auto ok = check.finish(); !ok)
      return ok;
    summary_.rows += check.rows();
    return {};
  }

  es::store::event_store& store_;
  const std::function<void(const finding&)>& tell_;
  const std::function<void(std::size_t)>& progress_;
  /// Read for the rows of all projections so far.
  std::size_t events_ = 0;
  std::vector<subscription_status> all_;
  /// Dead letters by subscription.
  std::map<std::string, std::set<std::string>> skipped_;
  async_summary summary_;
};

} // namespace

es::result<async_summary>
check_async(es::store::event_store& store,
            std::span<const known_projection> projections,
            const std::function<void(const finding&)>& report,
            const std::function<void(std::size_t events)>& progress) {
  return async_walk{store, report, progress}.run(projections);
}

} // namespace esctl

#include "eventsource/tools/esctl/projection_status.hpp"

#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/projection_rebuild.hpp"

#include <algorithm>

namespace esctl {

namespace {

using es::store::subscription_state;
using es::store::subscription_status;

es::result<partition_status>
look_at(es::store::event_store& store, const known_projection& what,
        const subscription_status& stored,
        const std::vector<es::store::lease_status>& leases) {
  partition_status result{.stored = stored, .behind = 0, .owner = {}};
  auto behind = count_behind(store, *what, stored.key.part, stored.progress.at);
  if (!behind)
    return tl::unexpected(behind.error());
  result.behind = *behind;
  for (const auto& each : leases)
    if (!each.expired && each.lease.name == stored.key.lease_name())
      result.owner = each.lease.owner;
  return result;
}

} // namespace

const std::vector<known_projection>& known_projections() {
  return es::reference::organization_projections();
}

es::result<known_projection> find_projection(const std::string& name) {
  std::string names;
  for (const auto& each : known_projections()) {
    if (each->name() == name)
      return each;
    names += " " + each->name();
  }
  return es::fail(es::errc::invalid,
                  "\"" + name + "\" is no projection; there are:" + names);
}

es::result<std::size_t> count_behind(es::store::event_store& store,
                                     const es::async_projection& what,
                                     es::store::partition part,
                                     const es::store::position& place) {
  std::size_t count = 0;
  auto after = place;
  for (;;) {
    auto page = store.log().read({.after = after,
                                  .filter = es::store::filter_of(what),
                                  .part = part,
                                  .limit = 1'000});
    if (!page)
      return tl::unexpected(page.error());
    count += page->events.size();
    if (!page->more || count >= behind_counted_max)
      return std::min(count, behind_counted_max);
    after = page->read_to;
  }
}

bool projection_status::is_stopped() const {
  return std::any_of(parts.begin(), parts.end(), [](const auto& part) {
    return part.stored.progress.state == subscription_state::stopped;
  });
}

es::result<projection_status> read_status(es::store::event_store& store,
                                          const known_projection& what) {
  auto all = store.subscriptions().list();
  if (!all)
    return tl::unexpected(all.error());
  auto leases = store.leases().list_leases();
  if (!leases)
    return tl::unexpected(leases.error());
  projection_status result{
    .what = what, .parts = {}, .rebuild = {}, .rebuild_total = 0};
  const auto shadow = es::store::projection_rebuild::name_of(*what);
  for (const auto& each : *all) {
    if (each.key.name != what->name() && each.key.name != shadow)
      continue;
    auto part = look_at(store, what, each, *leases);
    if (!part)
      return tl::unexpected(part.error());
    if (each.key.name == shadow)
      result.rebuild = std::move(*part);
    else
      result.parts.push_back(std::move(*part));
  }
  if (!result.rebuild)
    return result;
  auto total = store.log().count(es::store::filter_of(*what));
  if (!total)
    return tl::unexpected(total.error());
  result.rebuild_total = *total;
  return result;
}

es::result<std::int64_t>
count_projected(es::store::event_store& store,
                const std::vector<known_projection>& all) {
  auto stored = store.subscriptions().list();
  if (!stored)
    return tl::unexpected(stored.error());
  std::int64_t events = 0;
  for (const auto& each : *stored)
    if (std::any_of(all.begin(), all.end(), [&](const auto& what) {
          return what->name() == each.key.name;
        }))
      events += each.progress.events;
  return events;
}

es::result<std::int64_t>
count_wanted(es::store::event_store& store,
             const std::vector<known_projection>& all) {
  std::int64_t events = 0;
  for (const auto& each : all) {
    auto count = store.log().count(es::store::filter_of(*each));
    if (!count)
      return count;
    events += *count;
  }
  return events;
}

es::result<bool> is_caught_up(es::store::event_store& store,
                              const known_projection& what) {
  auto all = store.subscriptions().list();
  if (!all)
    return tl::unexpected(all.error());
  std::uint32_t seen = 0;
  std::uint32_t count = 1;
  for (const auto& each : *all) {
    if (each.key.name != what->name())
      continue;
    ++seen;
    count = each.key.part.count;
    const auto& progress = each.progress;
    if (progress.state == subscription_state::paused)
      return es::fail(es::errc::conflict,
                      what->name() + " is paused; `esctl projection resume "
                        + what->name() + "` lets it go on");
    if (progress.state == subscription_state::stopped)
      return es::fail(es::errc::conflict,
                      what->name() + " stopped: " + progress.error);
    auto next = store.log().read({.after = progress.at,
                                  .filter = es::store::filter_of(*what),
                                  .part = each.key.part,
                                  .limit = 1});
    if (!next)
      return tl::unexpected(next.error());
    if (!next->events.empty() || next->more)
      return false;
  }
  return seen == count;
}

} // namespace esctl

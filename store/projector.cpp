#include "eventsource/store/projector.hpp"

#include "eventsource/store/events_fault.hpp"

#include <utility>

namespace es::store {

event_filter filter_of(const async_projection& projection) {
  event_filter filter;
  filter.aggregate_types = projection.aggregate_types();
  filter.event_types = projection.event_types();
  return filter;
}

std::vector<const projection_table*>
tables_of(const async_projection& projection) {
  std::vector<const projection_table*> tables;
  for (const auto& table : projection.tables())
    tables.push_back(&table);
  return tables;
}

projector::projector(event_store& store,
                     std::shared_ptr<const async_projection> what, target where,
                     const position& place)
  : store_(store), what_(std::move(what)), where_(std::move(where)),
    place_(place) {
  // nop
}

projected_batch projector::begin_batch(const held_lease& lease) const {
  projected_batch batch;
  batch.key = where_.key;
  batch.lease = lease;
  batch.from = place_;
  batch.to = place_;
  batch.tables = tables_of(*what_);
  batch.table_suffix = where_.table_suffix;
  return batch;
}

result<projector::outcome> projector::finish(projected_batch batch,
                                             outcome so_far) {
  if (batch.to == place_)
    return so_far;
  auto stored = store_.subscriptions().commit(batch);
  if (!stored)
    return tl::unexpected(std::move(stored.error()));
  place_ = batch.to;
  so_far.moved = true;
  return so_far;
}

result<projector::outcome> projector::step(const held_lease& lease,
                                           std::size_t page_events_max,
                                           first_event first, int attempts) {
  const bool is_careful = place_ < careful_to_;
  const bool skips = first == first_event::skip;
  auto page =
    store_.log().read({.after = place_,
                       .filter = filter_of(*what_),
                       .part = where_.key.part,
                       .limit = is_careful || skips ? 1 : page_events_max});
  if (!page)
    return tl::unexpected(std::move(page.error()));
  auto batch = begin_batch(lease);
  outcome result{.more = page->more};
  if (skips && !page->events.empty()) {
    const auto& each = page->events.front();
    batch.dead_letters.push_back({.subscription = where_.key.name,
                                  .event_id = each.event.id,
                                  .aggregate_id = each.event.aggregate_id,
                                  .version = each.event.version,
                                  .at = each.at,
                                  .error = last_error_,
                                  .attempts = attempts});
    batch.to = each.at;
    batch.events = 1;
    result.events = 1;
    result.more = true;
    return finish(std::move(batch), std::move(result));
  }
  for (const auto& each : page->events) {
    projection_writer of_event{what_->tables()};
    if (auto fine = what_->handle(each.event, of_event); !fine) {
      result.culprit = each;
      result.why = std::move(fine.error());
      last_error_ = result.why.message;
      break;
    }
    const auto& changes = of_event.changes();
    batch.changes.insert(batch.changes.end(), changes.begin(), changes.end());
    const auto& own = of_event.statements();
    batch.statements.insert(batch.statements.end(), own.begin(), own.end());
    batch.to = each.at;
    ++result.events;
  }
  batch.events = static_cast<std::int64_t>(result.events);
  if (!result.culprit && page->passed_any)
    batch.to = page->read_to;
  const bool is_single = page->events.size() <= 1;
  const auto read_to = page->read_to;
  auto stored = finish(std::move(batch), result);
  if (stored || !is_events_fault(stored.error().code))
    return stored;
  if (!is_single) {
    careful_to_ = read_to;
    return outcome{.more = true};
  }
  result.events = 0;
  result.culprit = page->events.front();
  result.why = std::move(stored.error());
  last_error_ = result.why.message;
  return result;
}

} // namespace es::store

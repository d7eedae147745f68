#include "eventsource/store/projection_rebuild.hpp"

#include "eventsource/store/events_fault.hpp"
#include "eventsource/store/table_changes.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace es::store {

namespace {

constexpr std::string_view suffix = "_rebuild";

subscription_key shadow_of(const async_projection& what) {
  return {.name = projection_rebuild::name_of(what)};
}

/// Of each change whether its row certainly was not written before.
std::vector<bool> find_new_rows(std::span<const table_change> changes,
                                written_rows& written) {
  std::vector<bool> result;
  result.reserve(changes.size());
  for (const auto& change : changes)
    result.push_back(check_cells(change) && written.is_first(change));
  return result;
}

} // namespace

std::string projection_rebuild::name_of(const async_projection& what) {
  return what.name() + ".rebuild";
}

result<projection_rebuild>
projection_rebuild::begin(event_store& store,
                          std::shared_ptr<const async_projection> what,
                          options how) {
  const auto key = shadow_of(*what);
  auto lease = store.leases().acquire_lease(key.lease_name(), how.owner,
                                            how.lease_duration);
  if (!lease)
    return tl::unexpected(std::move(lease.error()));
  if (!*lease)
    return fail(errc::conflict,
                "another process rebuilds the projection " + what->name());
  auto opened = [&]() -> result<projection_rebuild> {
    const auto tables = tables_of(*what);
    if (auto made = store.subscriptions().make_shadow(tables, suffix); !made)
      return tl::unexpected(std::move(made.error()));
    auto found = store.subscriptions().open(key, {});
    if (!found)
      return tl::unexpected(std::move(found.error()));
    projection_rebuild made{store, what, how, **lease, *found};
    made.read_ahead();
    auto total = store.log().count(filter_of(*what));
    if (!total)
      return tl::unexpected(std::move(total.error()));
    made.progress_.total = *total;
    return made;
  }();
  if (!opened)
    (void)store.leases().release_lease(**lease);
  return opened;
}

projection_rebuild::projection_rebuild(
  event_store& store, std::shared_ptr<const async_projection> what, options how,
  held_lease lease, const checkpoint& found)
  : store_(&store), what_(std::move(what)), how_(std::move(how)),
    lease_(std::move(lease)),
    place_(found.at), progress_{.events = found.events} {
  if (place_ == position{})
    written_ = std::make_shared<written_rows>();
}

result<projection_rebuild::progress> projection_rebuild::step() {
  if (progress_.finished)
    return progress_;
  auto renewed = store_->leases().renew_lease(lease_, how_.lease_duration);
  if (!renewed)
    return tl::unexpected(std::move(renewed.error()));
  if (!*renewed)
    return tl::unexpected(lost_lease(lease_));
  return projector_ ? go_carefully() : write_ahead();
}

// -- the quick way ------------------------------------------------------------

std::future<result<log_page>>
projection_rebuild::read(event_store& store,
                         std::shared_ptr<const async_projection> what,
                         const position& from, std::size_t limit) {
  return std::async(
    std::launch::async, [&store, what = std::move(what), from, limit] {
      return store.log().read(
        {.after = from, .filter = filter_of(*what), .limit = limit});
    });
}

std::future<projection_rebuild::prepared_page>
projection_rebuild::prepare(event_store& store,
                            std::shared_ptr<const async_projection> what,
                            const position& from, std::size_t limit,
                            std::shared_ptr<written_rows> written,
                            std::future<result<log_page>> reading) {
  return std::async(
    std::launch::async,
    [&store, what = std::move(what), from, limit, written = std::move(written),
     reading = std::move(reading)]() mutable {
      prepared_page made;
      auto& batch = made.batch;
      batch.from = from;
      batch.to = from;
      auto page = reading.get();
      if (!page) {
        made.failure = std::move(page.error());
        return made;
      }
      made.more = page->more;
      if (page->passed_any)
        batch.to = page->read_to;
      if (made.more)
        made.next = read(store, what, batch.to, limit);
      projection_writer to{what->tables()};
      for (const auto& each : page->events)
        if (auto fine = what->handle(each.event, to); !fine) {
          made.failure = std::move(fine.error());
          return made;
        }
      batch.events = static_cast<std::int64_t>(page->events.size());
      batch.changes = to.take_changes();
      batch.statements = to.take_statements();
      batch.tables = tables_of(*what);
      batch.table_suffix = std::string(suffix);
      if (written)
        batch.row_is_new = find_new_rows(batch.changes, *written);
      // What is wrong with them is told when they are stored.
      if (auto folded = fold_changes(batch.changes, batch.row_is_new))
        batch.folded = std::move(*folded);
      return made;
    });
}

void projection_rebuild::read_ahead() {
  const auto limit = how_.page_events_max;
  next_ = prepare(*store_, what_, place_, limit, written_,
                  read(*store_, what_, place_, limit));
}

result<projection_rebuild::progress> projection_rebuild::write_ahead() {
  const bool is_fresh = !next_.valid();
  if (is_fresh)
    read_ahead();
  auto page = next_.get();
  if (page.failure) {
    if (!is_events_fault(page.failure->code))
      return tl::unexpected(std::move(*page.failure));
    return go_carefully();
  }
  auto& batch = page.batch;
  if (page.more && place_ == position{})
    if (auto made = index_early(batch.row_is_new); !made)
      return tl::unexpected(std::move(made.error()));
  if (page.more)
    next_ = prepare(*store_, what_, batch.to, how_.page_events_max, written_,
                    std::move(page.next));
  if (batch.to != place_) {
    batch.key = shadow_of(*what_);
    batch.lease = lease_;
    auto stored = store_->subscriptions().commit(batch);
    if (!stored) {
      // It is not known any more what comes next.
      next_ = {};
      if (!is_events_fault(stored.error().code))
        return tl::unexpected(std::move(stored.error()));
      // A row may have been there, from a statement of the projection's own.
      if (std::exchange(written_, nullptr))
        return progress_;
      careful_to_ = batch.to;
      return go_carefully();
    }
    place_ = batch.to;
    tend();
  }
  progress_.events += batch.events;
  // Behind what was read ahead there may be more by now.
  return page.more || !is_fresh ? progress_ : swap();
}

result<void>
projection_rebuild::index_early(const std::vector<bool>& row_is_new) {
  // Rows that are replaced again and again would be indexed as often.
  const auto new_rows = std::count(row_is_new.begin(), row_is_new.end(), true);
  if (static_cast<std::size_t>(new_rows) * 2 < row_is_new.size())
    return {};
  auto made = store_->subscriptions().index_shadow_early(tables_of(*what_),
                                                         suffix, lease_);
  if (!made)
    return tl::unexpected(std::move(made.error()));
  tends_ = *made;
  return {};
}

void projection_rebuild::tend() {
  if (!tends_
      || (tending_.valid()
          && tending_.wait_for(std::chrono::seconds{0})
               != std::future_status::ready))
    return;
  tending_ = std::async(std::launch::async, [&store = *store_, what = what_] {
    return store.subscriptions().tend_shadow(tables_of(*what), suffix);
  });
}

// -- event by event -----------------------------------------------------------

result<projection_rebuild::progress> projection_rebuild::go_carefully() {
  written_.reset();
  if (!projector_)
    projector_.emplace(*store_, what_,
                       projector::target{.key = shadow_of(*what_),
                                         .table_suffix = std::string(suffix)},
                       place_);
  using first_event = projector::first_event;
  auto done = projector_->step(
    lease_, how_.page_events_max,
    std::exchange(skips_next_, false) ? first_event::skip : first_event::handle,
    1);
  if (!done)
    return tl::unexpected(std::move(done.error()));
  place_ = projector_->place();
  progress_.events += static_cast<std::int64_t>(done->events);
  if (done->culprit) {
    if (!how_.skips_failing_events)
      return tl::unexpected(std::move(done->why));
    skips_next_ = true;
    ++progress_.skipped;
    return progress_;
  }
  if (!done->more)
    return swap();
  if (!skips_next_ && place_ >= careful_to_)
    projector_.reset();
  return progress_;
}

result<projection_rebuild::progress> projection_rebuild::swap() {
  const auto tables = tables_of(*what_);
  if (tends_) {
    if (tending_.valid())
      tending_.wait();
    tend();
    // What it could not do is done when the index is used.
    tending_.wait();
  }
  if (auto swapped = store_->subscriptions().swap_shadow(
        tables, suffix, what_->name(), shadow_of(*what_), lease_);
      !swapped)
    return tl::unexpected(std::move(swapped.error()));
  progress_.finished = true;
  (void)store_->leases().release_lease(lease_);
  return progress_;
}

void projection_rebuild::interrupt() {
  if (!progress_.finished)
    (void)store_->leases().release_lease(lease_);
}

result<void> projection_rebuild::discard(event_store& store,
                                         const async_projection& what) {
  const auto tables = tables_of(what);
  return store.subscriptions().drop_shadow(tables, suffix, name_of(what));
}

} // namespace es::store

#include "eventsource/store/projection_rebuild.hpp"

#include <utility>

namespace es::store {

namespace {

constexpr std::string_view suffix = "_rebuild";

subscription_key shadow_of(const async_projection& what) {
  return {.name = projection_rebuild::name_of(what)};
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
    auto total = store.log().count(filter_of(*what));
    if (!total)
      return tl::unexpected(std::move(total.error()));
    return projection_rebuild{store, what, how, **lease, *found, *total};
  }();
  if (!opened)
    (void)store.leases().release_lease(**lease);
  return opened;
}

projection_rebuild::projection_rebuild(
  event_store& store, std::shared_ptr<const async_projection> what, options how,
  held_lease lease, const checkpoint& found, std::int64_t total)
  : store_(&store), what_(std::move(what)), how_(std::move(how)),
    lease_(std::move(lease)),
    projector_(store, what_,
               {.key = shadow_of(*what_), .table_suffix = std::string(suffix)},
               found.at),
    progress_{.events = found.events, .total = total} {
  // nop
}

result<projection_rebuild::progress> projection_rebuild::step() {
  if (progress_.finished)
    return progress_;
  auto renewed = store_->leases().renew_lease(lease_, how_.lease_duration);
  if (!renewed)
    return tl::unexpected(std::move(renewed.error()));
  if (!*renewed)
    return tl::unexpected(lost_lease(lease_));
  using first_event = projector::first_event;
  auto done = projector_.step(
    lease_, how_.page_events_max,
    std::exchange(skips_next_, false) ? first_event::skip : first_event::handle,
    1);
  if (!done)
    return tl::unexpected(std::move(done.error()));
  progress_.events += static_cast<std::int64_t>(done->events);
  if (done->culprit) {
    if (!how_.skips_failing_events)
      return tl::unexpected(std::move(done->why));
    skips_next_ = true;
    ++progress_.skipped;
    return progress_;
  }
  if (done->more)
    return progress_;
  const auto tables = tables_of(*what_);
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

#include "eventsource/actors/relay_worker.hpp"

#include "eventsource/domain/exception_text.hpp"

#include <utility>

namespace es::actors {

namespace {

/// Stores do not throw by contract; a user's own store may not know.
template <class Action>
auto guarded(Action&& action)
  -> caf::result<typename decltype(action())::value_type> {
  try {
    auto outcome = action();
    if (!outcome)
      return to_caf(outcome.error());
    return std::move(*outcome);
  } catch (...) {
    return to_caf({errc::internal,
                   "the event store threw an exception: " + exception_text()});
  }
}

/// The lease of another number of partitions: "outbox 1/4" beside "outbox 2/3".
/// Their aggregates overlap.
bool is_rival(const store::lease_status& other, std::string_view own) {
  constexpr std::string_view prefix = "outbox ";
  const std::string_view name = other.lease.name;
  const auto count = [](std::string_view text) {
    return text.substr(text.find('/') + 1);
  };
  return !other.expired && name.starts_with(prefix)
         && count(name) != count(own);
}

} // namespace

relay_worker::relay_worker(caf::actor_config& config,
                           std::shared_ptr<store::event_store> store,
                           cloud_event_writer writer)
  : caf::event_based_actor(config), store_(std::move(store)),
    writer_(std::move(writer)) {
  // nop
}

caf::behavior relay_worker::make_behavior() {
  return {
    [this](const hold_lease& message) -> caf::result<lease_held> {
      return guarded([&] { return hold(message); });
    },
    [this](const release_lease& message) -> caf::result<lease_held> {
      return guarded([&]() -> result<lease_held> {
        auto released = store_->leases().release_lease(message.lease);
        if (!released)
          return tl::unexpected(released.error());
        return lease_held{};
      });
    },
    [this](const load_outbox& message) -> caf::result<outbox_loaded> {
      return guarded([&] { return load(message); });
    },
    [this](const settle_outbox& message) -> caf::result<outbox_settled> {
      return guarded([&]() -> result<outbox_settled> {
        auto settled = store_->outbox().settle_outbox(message.what);
        if (!settled)
          return tl::unexpected(settled.error());
        return outbox_settled{};
      });
    },
    [this](const purge_outbox& message) -> caf::result<outbox_purged> {
      return guarded([&]() -> result<outbox_purged> {
        auto rows = store_->outbox().purge_outbox(message.age, message.limit);
        if (!rows)
          return tl::unexpected(rows.error());
        return outbox_purged{*rows};
      });
    },
  };
}

result<lease_held> relay_worker::hold(const hold_lease& message) {
  auto& leases = store_->leases();
  auto lease =
    message.present
      ? leases.renew_lease(*message.present, message.duration)
      : leases.acquire_lease(message.name, message.owner, message.duration);
  if (!lease)
    return tl::unexpected(lease.error());
  if (!*lease || message.present)
    return lease_held{std::move(*lease)};
  // Looked at after ours is there, so that of two at least one sees the other.
  auto others = leases.list_leases();
  if (!others)
    return tl::unexpected(others.error());
  for (const auto& other : *others) {
    if (!is_rival(other, message.name))
      continue;
    auto released = leases.release_lease(**lease);
    return fail(errc::conflict,
                "the outbox is relayed with another number of partitions (\""
                  + other.lease.name
                  + "\"); let all processes have the same "
                    "outbox.partitions"
                  + (released ? "" : ": " + released.error().message));
  }
  return lease_held{std::move(*lease)};
}

result<outbox_loaded> relay_worker::load(const load_outbox& message) {
  auto& outbox = store_->outbox();
  auto found =
    message.claim_for.count() > 0
      ? outbox.claim_outbox(message.limit, message.claim_for)
      : outbox.load_outbox(message.part, message.after, message.limit);
  if (!found)
    return tl::unexpected(found.error());
  outbox_loaded loaded;
  loaded.events.reserve(found->size());
  for (auto& message_found : *found) {
    auto& event = loaded.events.emplace_back();
    event.attempts = message_found.attempts;
    auto written = writer_.write(message_found.event);
    event.content.event = std::move(message_found.event);
    if (written)
      event.content.cloud_event = std::move(*written);
    else
      event.unfit = std::move(written.error());
  }
  return loaded;
}

} // namespace es::actors

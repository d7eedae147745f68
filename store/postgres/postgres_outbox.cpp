#include "eventsource/store/postgres/postgres_outbox.hpp"

#include "eventsource/store/postgres/outbox_table.hpp"
#include "eventsource/store/postgres/pool_call.hpp"

namespace es::store::postgres {

namespace {

result<void> check_part(outbox_partition part) {
  if (part.index < part.count)
    return {};
  return fail(errc::invalid, "there is no partition "
                               + std::to_string(part.index) + " among "
                               + std::to_string(part.count));
}

/// What an error of the publisher's says is no text of ours.
outbox_settlement storable(const outbox_settlement& what) {
  auto clean = what;
  for (auto& failure : clean.failed)
    failure.reason = storable_text(failure.reason);
  return clean;
}

} // namespace

result<std::vector<outbox_message>>
postgres_outbox::load_outbox(outbox_partition part, const outbox_place& after,
                             std::size_t limit) {
  if (auto fine = check_part(part); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  if (auto fine = refuse_nul({after.aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<std::vector<outbox_message>>(
    pool_, "reading the outbox", [&](connection& link) {
      return postgres::load_outbox(link, part, after, limit);
    });
}

result<std::vector<outbox_message>>
postgres_outbox::claim_outbox(std::size_t limit,
                              std::chrono::microseconds duration) {
  return call<std::vector<outbox_message>>(
    pool_, "reading the outbox", [&](connection& link) {
      return postgres::claim_outbox(link, limit, duration);
    });
}

result<void> postgres_outbox::settle_outbox(const outbox_settlement& what) {
  const auto clean = storable(what);
  return call<void>(pool_, "settling the outbox",
                    [&](connection& link) -> result<void> {
                      if (!postgres::settle_outbox(link, clean))
                        return tl::unexpected(lost_lease(*clean.lease));
                      return {};
                    });
}

result<std::size_t> postgres_outbox::purge_outbox(std::chrono::microseconds age,
                                                  std::size_t limit) {
  return call<std::size_t>(pool_, "purging the outbox", [&](connection& link) {
    return postgres::purge_outbox(link, age, limit);
  });
}

result<outbox_lag> postgres_outbox::measure_outbox() {
  return call<outbox_lag>(pool_, "measuring the outbox", [](connection& link) {
    return postgres::measure_outbox(link);
  });
}

result<std::vector<outbox_row>>
postgres_outbox::list_outbox(const outbox_place& after, std::size_t limit,
                             bool dead_only) {
  if (auto fine = refuse_nul({after.aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<std::vector<outbox_row>>(
    pool_, "listing the outbox", [&](connection& link) {
      return postgres::list_outbox(link, after, limit, dead_only);
    });
}

result<std::size_t>
postgres_outbox::retry_outbox(std::span<const std::string> event_ids) {
  for (const auto& id : event_ids)
    if (auto fine = refuse_nul({id}); !fine)
      return tl::unexpected<error>(std::move(fine.error()));
  return call<std::size_t>(
    pool_, "retrying dead letters",
    [&](connection& link) { return postgres::retry_outbox(link, event_ids); });
}

result<std::size_t>
postgres_outbox::drop_outbox(std::span<const std::string> event_ids) {
  for (const auto& id : event_ids)
    if (auto fine = refuse_nul({id}); !fine)
      return tl::unexpected<error>(std::move(fine.error()));
  return call<std::size_t>(
    pool_, "dropping dead letters",
    [&](connection& link) { return postgres::drop_outbox(link, event_ids); });
}

result<std::optional<timestamp>> postgres_outbox::purged_until() {
  return call<std::optional<timestamp>>(
    pool_, "reading the outbox",
    [](connection& link) { return postgres::purged_until(link); });
}

} // namespace es::store::postgres

#include "eventsource/store/postgres/postgres_subscriptions.hpp"

#include "eventsource/store/postgres/checkpoint_table.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/lease_table.hpp"
#include "eventsource/store/postgres/pool_call.hpp"
#include "eventsource/store/postgres/projected_rows.hpp"
#include "eventsource/store/postgres/shadow_tables.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"

namespace es::store::postgres {

namespace {

std::string about_subscription(std::string_view name) {
  return "subscription " + std::string(name);
}

/// Moves the checkpoint, with everything that keeps two owners apart.
result<void> advance(connection& link, const subscription_key& key,
                     const held_lease& lease, const position& from,
                     const position& to, std::int64_t events) {
  if (!holds_lease(link, lease))
    return tl::unexpected<error>(lost_lease(lease));
  if (!move_checkpoint(link, key, from, to, events))
    return tl::unexpected<error>(moved_checkpoint(key));
  return {};
}

/// Nobody knows whether the transaction took place.
error unanswered(const database_error& e, std::string_view where) {
  return to_error(e, where, errc::in_doubt);
}

result<void> commit(connection& link, std::string_view where) {
  try {
    link.commit();
    return {};
  } catch (const database_error& e) {
    if (!e.connection_lost() && !lookup_sqlstate(e.sqlstate()).in_doubt)
      throw;
    link.close();
    return tl::unexpected<error>(unanswered(e, where));
  }
}

} // namespace

template <class Action>
result<void> postgres_subscriptions::transact(std::string_view where,
                                              Action&& action) {
  return call<void>(pool_, where, [&](connection& to) -> result<void> {
    try {
      to.begin();
      result<void> outcome = action(to);
      if (outcome)
        return postgres::commit(to, where);
      to.roll_back();
      return outcome;
    } catch (const database_error&) {
      to.roll_back();
      throw;
    }
  });
}

result<checkpoint> postgres_subscriptions::open(const subscription_key& key,
                                                const position& start) {
  if (auto fine = check_key(key); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<checkpoint>(
    pool_, about_subscription(key.name),
    [&](connection& link) { return open_subscription(link, key, start); });
}

result<void> postgres_subscriptions::save(const subscription_key& key,
                                          const held_lease& lease,
                                          const position& from,
                                          const position& to,
                                          std::int64_t events) {
  return transact(about_subscription(key.name), [&](connection& link) {
    return advance(link, key, lease, from, to, events);
  });
}

result<void> postgres_subscriptions::commit(const projected_batch& batch) {
  if (auto fine = check_batch(batch); !fine)
    return fine;
  return transact("projection " + batch.key.name,
                  [&](connection& link) -> result<void> {
                    if (auto fine = advance(link, batch.key, batch.lease,
                                            batch.from, batch.to, batch.events);
                        !fine)
                      return fine;
                    insert_dead_letters(link, batch.key, batch.dead_letters);
                    return write_projected(link, batch);
                  });
}

result<void> postgres_subscriptions::set_state(std::string_view name,
                                               subscription_state state,
                                               std::string_view error) {
  return call<void>(pool_, about_subscription(name),
                    [&](connection& link) -> result<void> {
                      if (set_subscription_state(link, name, state, error))
                        return {};
                      return fail(errc::not_found, "there is no subscription "
                                                     + std::string(name));
                    });
}

result<std::vector<subscription_status>> postgres_subscriptions::list() {
  return call<std::vector<subscription_status>>(
    pool_, "listing the subscriptions",
    [](connection& link) { return list_subscriptions(link); });
}

result<std::vector<dead_letter>>
postgres_subscriptions::list_dead_letters(std::string_view name,
                                          std::size_t limit) {
  return call<std::vector<dead_letter>>(
    pool_, about_subscription(name), [&](connection& link) {
      return postgres::list_dead_letters(link, name, limit);
    });
}

result<void> postgres_subscriptions::forget(std::string_view name) {
  return transact(about_subscription(name),
                  [&](connection& link) -> result<void> {
                    forget_subscription(link, name);
                    return {};
                  });
}

// -- rebuilding ---------------------------------------------------------------

result<void> postgres_subscriptions::make_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix) {
  for (const auto* table : tables)
    if (auto fine = check_table(*table, row_guard::none_needed); !fine)
      return fine;
  return transact("rebuilding", [&](connection& link) -> result<void> {
    make_shadow_tables(link, tables, suffix);
    return {};
  });
}

result<bool> postgres_subscriptions::index_shadow_early(
  std::span<const projection_table* const> tables, std::string_view suffix,
  const held_lease& lease) {
  bool any = false;
  auto made = transact("rebuilding", [&](connection& link) -> result<void> {
    if (!holds_lease(link, lease))
      return tl::unexpected<error>(lost_lease(lease));
    any = index_shadow_tables(link, tables, suffix, shadow_indexes::with_list);
    return {};
  });
  if (!made)
    return tl::unexpected<error>(std::move(made.error()));
  return any;
}

result<void> postgres_subscriptions::tend_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix) {
  return call<void>(pool_, "rebuilding", [&](connection& link) -> result<void> {
    work_off_lists(link, tables, suffix);
    return {};
  });
}

result<void> postgres_subscriptions::swap_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix,
  std::string_view live, const subscription_key& shadow,
  const held_lease& lease) {
  return transact("rebuilding", [&](connection& link) -> result<void> {
    if (!holds_lease(link, lease))
      return tl::unexpected<error>(lost_lease(lease));
    index_shadow_tables(link, tables, suffix, shadow_indexes::all);
    // First the checkpoints: who writes rows of the old tables holds them.
    take_place(link, shadow.name, live);
    swap_shadow_tables(link, tables, suffix);
    return {};
  });
}

result<void> postgres_subscriptions::drop_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix,
  std::string_view shadow) {
  return transact("rebuilding", [&](connection& link) -> result<void> {
    drop_shadow_tables(link, tables, suffix);
    forget_subscription(link, shadow);
    return {};
  });
}

} // namespace es::store::postgres

#include "eventsource/store/memory/memory_subscriptions.hpp"

namespace es::store::memory {

result<checkpoint> memory_subscriptions::open(const subscription_key& key,
                                              const position& start) {
  if (auto fine = check_key(key); !fine)
    return tl::unexpected(std::move(fine.error()));
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.subscriptions().open(key, start, now);
}

result<void> memory_subscriptions::save(const subscription_key& key,
                                        const held_lease& lease,
                                        const position& from,
                                        const position& to,
                                        std::int64_t events) {
  return commit(
    {.key = key, .lease = lease, .from = from, .to = to, .events = events});
}

result<void> memory_subscriptions::commit(const projected_batch& batch) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  return tables_.commit(batch, now);
}

result<void> memory_subscriptions::set_state(std::string_view name,
                                             subscription_state state,
                                             std::string_view error) {
  std::lock_guard guard{mutex_};
  if (tables_.subscriptions().set_state(name, state, error))
    return {};
  return fail(errc::not_found, "there is no subscription " + std::string(name));
}

result<std::vector<subscription_status>> memory_subscriptions::list() {
  std::lock_guard guard{mutex_};
  return tables_.subscriptions().list();
}

result<std::vector<dead_letter>>
memory_subscriptions::list_dead_letters(std::string_view name,
                                        std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_.subscriptions().dead_letters(name, limit);
}

result<void> memory_subscriptions::forget(std::string_view name) {
  std::lock_guard guard{mutex_};
  tables_.subscriptions().forget(name);
  return {};
}

// -- rebuilding ---------------------------------------------------------------

result<void> memory_subscriptions::make_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix) {
  std::lock_guard guard{mutex_};
  for (const auto* table : tables)
    tables_.projections().make(table->name + std::string(suffix));
  return {};
}

result<bool> memory_subscriptions::index_shadow_early(
  std::span<const projection_table* const>, std::string_view,
  const held_lease& lease) {
  std::lock_guard guard{mutex_};
  if (!tables_.leases().holds(lease))
    return tl::unexpected(lost_lease(lease));
  return false;
}

result<void>
memory_subscriptions::tend_shadow(std::span<const projection_table* const>,
                                  std::string_view) {
  return {};
}

result<void> memory_subscriptions::swap_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix,
  std::string_view live, const subscription_key& shadow,
  const held_lease& lease) {
  const auto now = now_();
  std::lock_guard guard{mutex_};
  if (!tables_.leases().holds(lease))
    return tl::unexpected(lost_lease(lease));
  tables_.subscriptions().take_place(shadow.name, live, now);
  for (const auto* table : tables)
    tables_.projections().rename(table->name + std::string(suffix),
                                 table->name);
  return {};
}

result<void> memory_subscriptions::drop_shadow(
  std::span<const projection_table* const> tables, std::string_view suffix,
  std::string_view shadow) {
  std::lock_guard guard{mutex_};
  for (const auto* table : tables)
    tables_.projections().drop(table->name + std::string(suffix));
  tables_.subscriptions().forget(shadow);
  return {};
}

} // namespace es::store::memory

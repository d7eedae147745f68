#pragma once

#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/subscription_store.hpp"

namespace es::store::postgres {

/// The subscriptions of the PostgreSQL store, on connections of its pool.
class postgres_subscriptions : public subscription_store {
public:
  explicit postgres_subscriptions(connection_pool& pool) : pool_(pool) {
    // nop
  }

  result<checkpoint> open(const subscription_key& key,
                          const position& start) override;
  result<void> save(const subscription_key& key, const held_lease& lease,
                    const position& from, const position& to,
                    std::int64_t events) override;
  result<void> commit(const projected_batch& batch) override;
  result<void> set_state(std::string_view name, subscription_state state,
                         std::string_view error) override;
  result<std::vector<subscription_status>> list() override;
  result<std::vector<dead_letter>>
  list_dead_letters(std::string_view name, std::size_t limit) override;
  result<void> forget(std::string_view name) override;
  result<void> make_shadow(std::span<const projection_table* const> tables,
                           std::string_view suffix) override;
  result<bool>
  index_shadow_early(std::span<const projection_table* const> tables,
                     std::string_view suffix, const held_lease& lease) override;
  result<void> tend_shadow(std::span<const projection_table* const> tables,
                           std::string_view suffix) override;
  result<void> swap_shadow(std::span<const projection_table* const> tables,
                           std::string_view suffix, std::string_view live,
                           const subscription_key& shadow,
                           const held_lease& lease) override;
  result<void> drop_shadow(std::span<const projection_table* const> tables,
                           std::string_view suffix,
                           std::string_view shadow) override;

private:
  /// Runs `action` in a transaction that is committed if its result is good,
  /// and again after a deadlock or a serialization failure.
  template <class Action>
  result<void> transact(std::string_view where, Action&& action);

  connection_pool& pool_;
};

} // namespace es::store::postgres

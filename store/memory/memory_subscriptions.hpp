#pragma once

#include "eventsource/store/memory/tables.hpp"
#include "eventsource/store/subscription_store.hpp"

#include <functional>
#include <mutex>

namespace es::store::memory {

/// The subscriptions of the memory store, under its mutex.
class memory_subscriptions : public subscription_store {
public:
  memory_subscriptions(std::mutex& mutex, tables& content,
                       const std::function<timestamp()>& now)
    : mutex_(mutex), tables_(content), now_(now) {
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
  std::mutex& mutex_;
  tables& tables_;
  const std::function<timestamp()>& now_;
};

} // namespace es::store::memory

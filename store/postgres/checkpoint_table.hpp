#pragma once

#include "eventsource/store/postgres/connection.hpp"
#include "eventsource/store/subscription_store.hpp"

#include <span>
#include <vector>

namespace es::store::postgres {

/// The statements of `subscription_store`, each on a connection of the
/// caller's. All throw `database_error`.

[[nodiscard]] result<checkpoint> open_subscription(connection& link,
                                                   const subscription_key& key,
                                                   const position& start);

/// Whether the checkpoint was where it was expected; in a transaction of the
/// caller's.
[[nodiscard]] bool move_checkpoint(connection& link,
                                   const subscription_key& key,
                                   const position& from, const position& to,
                                   std::int64_t events);

/// Whether there is such a subscription.
[[nodiscard]] bool set_subscription_state(connection& link,
                                          std::string_view name,
                                          subscription_state state,
                                          std::string_view error);

[[nodiscard]] std::vector<subscription_status>
list_subscriptions(connection& link);

void insert_dead_letters(connection& link, const subscription_key& key,
                         std::span<const dead_letter> letters);

[[nodiscard]] std::vector<dead_letter>
list_dead_letters(connection& link, std::string_view name, std::size_t limit);

void forget_subscription(connection& link, std::string_view name);

/// In a transaction: the checkpoint and the dead letters of `shadow` become
/// those of `live`.
void take_place(connection& link, std::string_view shadow,
                std::string_view live);

} // namespace es::store::postgres

#pragma once

#include "eventsource/actors/router_face.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/domain/aggregate_type.hpp"

#include <cstdint>
#include <string>

/// The aggregate that the actors' tests work with: small, and with every way to
/// misbehave that a user's aggregate has.
namespace bank {

struct open_account {
  static constexpr std::string_view command_type = "open_account";
  std::string owner;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(open_account, owner)

struct deposit {
  static constexpr std::string_view command_type = "deposit";
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(deposit, amount)

struct withdraw {
  static constexpr std::string_view command_type = "withdraw";
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(withdraw, amount)

/// Accepted, and changes nothing.
struct touch {
  static constexpr std::string_view command_type = "touch";
};

/// Its handler throws.
struct explode {
  static constexpr std::string_view command_type = "explode";
};

struct account_opened {
  static constexpr std::string_view event_type = "account_opened";
  std::string owner;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(account_opened, owner)

struct deposited {
  static constexpr std::string_view event_type = "deposited";
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(deposited, amount)

struct withdrawn {
  static constexpr std::string_view event_type = "withdrawn";
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(withdrawn, amount)

struct account {
  static constexpr std::string_view aggregate_type = "account";
  static constexpr std::string_view id_prefix = "acc_";
  using commands =
    es::type_list<open_account, deposit, withdraw, touch, explode>;
  using events = es::type_list<account_opened, deposited, withdrawn>;
  using published = es::type_list<withdrawn>;

  static es::projection_table projection() {
    return {.name = "accounts",
            .columns = {{"id", es::column_type::text},
                        {"owner", es::column_type::text},
                        {"balance", es::column_type::bigint},
                        {"version", es::column_type::bigint}},
            .key = {"id"}};
  }

  std::string owner;
  std::int64_t balance = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(account, owner, balance)

inline es::decision<account> decide(const account& state,
                                    const open_account& command) {
  if (!state.owner.empty())
    return es::reject("already_open", "the account is open already");
  return account_opened{command.owner};
}

inline es::decision<account> decide(const account& state,
                                    const deposit& command) {
  if (state.owner.empty())
    return es::reject("not_open", "open the account first");
  return deposited{command.amount};
}

inline es::decision<account> decide(const account& state,
                                    const withdraw& command) {
  if (command.amount > state.balance)
    return es::reject("insufficient_funds",
                      "the balance is " + std::to_string(state.balance));
  return withdrawn{command.amount};
}

inline es::decision<account> decide(const account&, const touch&) {
  return es::no_events;
}

inline es::decision<account> decide(const account&, const explode&) {
  throw std::runtime_error("boom");
}

inline account apply(account state, const account_opened& event) {
  state.owner = event.owner;
  return state;
}

inline account apply(account state, const deposited& event) {
  state.balance += event.amount;
  return state;
}

inline account apply(account state, const withdrawn& event) {
  state.balance -= event.amount;
  return state;
}

inline es::row_change project(const account& state,
                              const es::event_context& last) {
  return es::upsert(
    {last.aggregate_id, state.owner, state.balance, last.version});
}

ES_INSPECT_JSON(open_account)
ES_INSPECT_JSON(deposit)
ES_INSPECT_JSON(withdraw)
ES_INSPECT_JSON(touch)
ES_INSPECT_JSON(explode)

} // namespace bank

CAF_BEGIN_TYPE_ID_BLOCK(bank, caf::first_custom_type_id)

CAF_ADD_TYPE_ID(bank, (bank::open_account))
CAF_ADD_TYPE_ID(bank, (bank::deposit))
CAF_ADD_TYPE_ID(bank, (bank::withdraw))
CAF_ADD_TYPE_ID(bank, (bank::touch))
CAF_ADD_TYPE_ID(bank, (bank::explode))

CAF_END_TYPE_ID_BLOCK(bank)

// Compiled once, in account.cpp.
extern template class es::detail::aggregate_model<bank::account>;
extern template class es::actors::detail::typed_face<bank::account::commands>;

#pragma once

#include "eventsource/domain/aggregate.hpp"
#include "eventsource/domain/aggregate_type.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The aggregate that the simulation works with. Its commands and events carry
/// a tag, by which the judge knows which command an event belongs to.
namespace es::simulation {

struct open_ledger {
  static constexpr std::string_view command_type = "open_ledger";
  std::int64_t tag = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(open_ledger, tag)

/// Puts `amount` in, `times` times. A poisoned one has a statement that the
/// store refuses.
struct put {
  static constexpr std::string_view command_type = "put";
  std::int64_t tag = 0;
  std::int64_t amount = 0;
  std::int64_t times = 1;
  bool poisoned = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(put, tag, amount, times, poisoned)

/// Refused if there is less.
struct take {
  static constexpr std::string_view command_type = "take";
  std::int64_t tag = 0;
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(take, tag, amount)

/// Accepted, and changes nothing.
struct touch {
  static constexpr std::string_view command_type = "touch";
  std::int64_t tag = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(touch, tag)

struct ledger_opened {
  static constexpr std::string_view event_type = "ledger_opened";
  std::int64_t tag = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ledger_opened, tag)

struct put_in {
  static constexpr std::string_view event_type = "put_in";
  std::int64_t tag = 0;
  std::int64_t amount = 0;
  bool poisoned = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(put_in, tag, amount, poisoned)

struct taken {
  static constexpr std::string_view event_type = "taken";
  std::int64_t tag = 0;
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(taken, tag, amount)

struct ledger {
  static constexpr std::string_view aggregate_type = "ledger";
  static constexpr std::string_view id_prefix = "led_";
  using commands = type_list<open_ledger, put, take, touch>;
  using events = type_list<ledger_opened, put_in, taken>;
  using published = type_list<ledger_opened, taken>;

  static projection_table projection() {
    return {.name = "ledgers",
            .columns = {{"id", column_type::text},
                        {"balance", column_type::bigint},
                        {"version", column_type::bigint}},
            .key = {"id"}};
  }

  bool is_open = false;
  std::int64_t balance = 0;
  bool poisoned = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ledger, is_open, balance, poisoned)

/// The text of the statement that the simulated store refuses.
inline constexpr std::string_view poison = "SELECT 1 / 0";

inline decision<ledger> decide(const ledger& state, const open_ledger& c) {
  if (state.is_open)
    return reject("already_open", "the ledger is open");
  return ledger_opened{c.tag};
}

inline decision<ledger> decide(const ledger& state, const put& c) {
  if (!state.is_open)
    return reject("not_open", "the ledger is not open");
  return std::vector<event_of<ledger>>(static_cast<std::size_t>(c.times),
                                       put_in{c.tag, c.amount, c.poisoned});
}

inline decision<ledger> decide(const ledger& state, const take& c) {
  if (c.amount > state.balance)
    return reject("too_little", "there is less than that");
  return taken{c.tag, c.amount};
}

inline decision<ledger> decide(const ledger&, const touch&) {
  return no_events;
}

inline ledger apply(ledger state, const ledger_opened&) {
  state.is_open = true;
  return state;
}

inline ledger apply(ledger state, const put_in& e) {
  state.balance += e.amount;
  state.poisoned = e.poisoned;
  return state;
}

inline ledger apply(ledger state, const taken& e) {
  state.balance -= e.amount;
  state.poisoned = false;
  return state;
}

inline row_change project(const ledger& state, const event_context& last) {
  return upsert({last.aggregate_id, state.balance, last.version});
}

inline std::vector<statement> statements(const ledger& state,
                                         const event_context&) {
  if (!state.poisoned)
    return {};
  return {{std::string(poison), {}}};
}

} // namespace es::simulation

#pragma once

#include "eventsource/domain/aggregate_type.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// An aggregate that has every optional part.
namespace shop {

struct open_cart {
  static constexpr std::string_view command_type = "open_cart";
};

struct add_item {
  static constexpr std::string_view command_type = "add_item";
  std::string sku;
  int count = 1;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(add_item, sku, count)

struct check_out {
  static constexpr std::string_view command_type = "check_out";
};

struct break_down {
  static constexpr std::string_view command_type = "break_down";
  /// Throws an int if set, which is no std::exception.
  bool oddly = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(break_down, oddly)

struct cart_opened {
  static constexpr std::string_view event_type = "cart_opened";
};

struct item_added {
  static constexpr std::string_view event_type = "item_added";
  static constexpr int schema_version = 2;
  std::string sku;
  int count = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(item_added, sku, count)

struct checked_out {
  static constexpr std::string_view event_type = "checked_out";
};

struct cart {
  static constexpr std::string_view aggregate_type = "cart";
  static constexpr std::string_view id_prefix = "crt_";
  using commands = es::type_list<open_cart, add_item, check_out, break_down>;
  using events = es::type_list<cart_opened, item_added, checked_out>;
  using published = es::type_list<checked_out>;
  static constexpr int snapshot_every = 7;
  static constexpr int state_version = 3;

  static void upcasters(es::upcasters& steps) {
    steps.rename("product_added", "item_added");
    steps.add<item_added>(1, [](nlohmann::json data) {
      data["count"] = 1;
      return data;
    });
  }

  static es::projection_table projection() {
    return {.name = "carts",
            .columns = {{"id"},
                        {"items", es::column_type::bigint},
                        {"version", es::column_type::bigint}},
            .key = {"id"}};
  }

  bool open = false;
  int items = 0;
  std::string opened_at;
  int unknown = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(cart, open, items, opened_at, unknown)

inline es::decision<cart> decide(const cart& state, const open_cart&) {
  if (state.open)
    return es::reject("already_open", "the cart is open");
  return cart_opened{};
}

inline es::decision<cart> decide(const cart& state, const add_item& command,
                                 const es::command_context& context) {
  if (!state.open)
    return es::reject("not_open", std::string(context.aggregate_id) + " at "
                                    + std::to_string(context.version));
  if (command.count == 0)
    return es::no_events;
  return item_added{command.sku, command.count};
}

inline es::decision<cart> decide(const cart&, const check_out&) {
  return {item_added{"bag", 1}, checked_out{}};
}

inline es::decision<cart> decide(const cart&, const break_down& command) {
  if (command.oddly)
    throw 42;
  throw std::runtime_error("broken down");
}

inline cart apply(cart state, const cart_opened&,
                  const es::event_context& context) {
  state.open = true;
  state.opened_at = es::to_string(context.occurred_at);
  return state;
}

inline cart apply(cart state, const item_added& event) {
  if (event.count < 0)
    throw std::runtime_error("negative count");
  state.items += event.count;
  return state;
}

inline cart apply(cart state, const checked_out&) {
  state.open = false;
  return state;
}

inline cart apply_unknown(cart state, const es::recorded_event& event) {
  if (event.type == "exploded")
    throw std::runtime_error("no such thing");
  ++state.unknown;
  return state;
}

inline es::row_change project(const cart& state,
                              const es::event_context& last) {
  if (state.items < 0)
    throw std::runtime_error("negative count");
  if (!state.open && last.version > 1)
    return es::remove({last.aggregate_id});
  return es::upsert({last.aggregate_id, state.items, last.version});
}

inline std::vector<es::statement> statements(const cart& state,
                                             const es::event_context& last) {
  if (state.items < 0)
    throw std::runtime_error("negative count");
  if (state.items < 100)
    return {};
  return {{"INSERT INTO audit VALUES ($1)", {std::string(last.aggregate_id)}}};
}

} // namespace shop

// The least that an aggregate can be.
namespace plain {

struct poke {
  static constexpr std::string_view command_type = "poke";
};

struct poked {
  static constexpr std::string_view event_type = "poked";
};

struct thing {
  static constexpr std::string_view aggregate_type = "thing";
  static constexpr std::string_view id_prefix = "thg_";
  using commands = es::type_list<poke>;
  using events = es::type_list<poked>;
};

inline es::decision<thing> decide(const thing&, const poke&) {
  return poked{};
}

inline thing apply(thing state, const poked&) {
  return state;
}

} // namespace plain

#pragma once

#include "eventsource/domain/process_type.hpp"

#include <stdexcept>
#include <string>

/// A process for tests: an order that is placed has to be paid in time.
namespace shop {

struct order_placed {
  static constexpr std::string_view event_type = "order_placed";
  std::string customer;
  int hours_to_pay = 1;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(order_placed, customer,
                                                hours_to_pay)

struct order_paid {
  static constexpr std::string_view event_type = "order_paid";
  /// Payments have aggregates of their own.
  std::string order_id;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(order_paid, order_id)

struct order_withdrawn {
  static constexpr std::string_view event_type = "order_withdrawn";
};

struct ship {
  static constexpr std::string_view command_type = "ship";
  std::string to;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ship, to)

struct cancel_order {
  static constexpr std::string_view command_type = "cancel_order";
};

/// As much of the order as the process needs to know.
struct order {
  static constexpr std::string_view aggregate_type = "order";
  using commands = es::type_list<ship, cancel_order>;
};

struct reminded {
  static constexpr std::string_view event_type = "reminded";
  int times = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(reminded, times)

struct given_back {
  static constexpr std::string_view event_type = "given_back";
  std::string why;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(given_back, why)

struct fulfilment {
  static constexpr std::string_view process_type = "fulfilment";
  static constexpr std::string_view id_prefix = "ful_";
  using reacts_to = es::type_list<order_placed, order_paid, order_withdrawn>;
  using events = es::type_list<reminded, given_back>;

  static es::correlation correlate(const order_placed& e,
                                   const es::event_context& context) {
    if (e.customer.empty())
      throw std::runtime_error("an order of nobody");
    return es::correlation::start_strictly(std::string(context.aggregate_id));
  }
  static es::correlation correlate(const order_paid& e,
                                   const es::event_context&) {
    return es::correlation::go_on(e.order_id);
  }
  static es::correlation correlate(const order_withdrawn&,
                                   const es::event_context& context) {
    return es::correlation::stop(std::string(context.aggregate_id));
  }

  int reminders = 0;
  std::string why;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(fulfilment, reminders, why)

inline es::reaction<fulfilment> react(const fulfilment&,
                                      const order_placed& e) {
  return es::reaction<fulfilment>{}.after("payment",
                                          std::chrono::hours(e.hours_to_pay));
}

inline es::reaction<fulfilment> react(const fulfilment&, const order_paid& e,
                                      const es::process_context& context) {
  return es::reaction<fulfilment>{}
    .send<order>(e.order_id, ship{std::string(context.source.aggregate_id)})
    .cancel("payment")
    .end();
}

inline es::reaction<fulfilment> react(const fulfilment&,
                                      const order_withdrawn&) {
  return {};
}

inline es::reaction<fulfilment> react(const fulfilment& state,
                                      const es::timer_fired& fired) {
  es::reaction<fulfilment> answer;
  answer.record(reminded{state.reminders + 1});
  if (state.reminders < 2)
    return answer.at("payment", fired.due_at + std::chrono::hours(1));
  return answer.send<order>("ord_000000000000000000000000001", cancel_order{})
    .send<order>("ord_000000000000000000000000001", ship{"back"});
}

inline es::reaction<fulfilment> react(const fulfilment&,
                                      const es::command_refused& refused) {
  return es::reaction<fulfilment>{}
    .record(given_back{refused.command_type + ": " + refused.code})
    .end();
}

inline fulfilment apply(fulfilment state, const reminded& e) {
  state.reminders = e.times;
  return state;
}

inline fulfilment apply(fulfilment state, const given_back& e) {
  state.why = e.why;
  return state;
}

} // namespace shop
